"""A former photo is put back: an event of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0069_a_weighed_normal_is_kept"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accountevent",
            name="deed",
            field=models.CharField(
                choices=[
                    ("signed_in", "登录"),
                    ("sign_in_failed", "登录失败"),
                    ("slowed", "登录被限速"),
                    ("signed_out", "退出"),
                    ("verified", "再次验证身份"),
                    ("session_ended", "结束会话"),
                    ("code_made", "发放激活码"),
                    ("password_set", "设置密码"),
                    ("factor_added", "启用二次验证"),
                    ("factor_removed", "停用二次验证"),
                    ("recovery_made", "生成恢复码"),
                    ("created", "建立账号"),
                    ("disabled", "停用账号"),
                    ("enabled", "恢复账号"),
                    ("granted", "授予岗位"),
                    ("grant_ended", "收回岗位"),
                    ("unit_changed", "修改单位"),
                    ("asked", "提出申请"),
                    ("consented", "同意申请"),
                    ("declined", "不同意申请"),
                    ("not_done", "同意后没有办成"),
                    ("withdrawn", "撤回申请"),
                    ("exported", "导出名单"),
                    ("stopped", "停止后台任务"),
                    ("resumed", "继续后台任务"),
                    ("batch_created", "建立批次"),
                    ("policy_saved", "保存批次规定"),
                    ("batch_closed", "关闭批次"),
                    ("batch_reopened", "重新开放批次"),
                    ("batch_finished", "办结批次"),
                    ("batch_resumed", "批次不再办结"),
                    ("batch_deleted", "删除批次"),
                    ("round_closed", "提前关闭轮次"),
                    ("round_opened", "重新开放轮次"),
                    ("acted", "办理"),
                    ("imported", "导入数据"),
                    ("photo_decided", "审核照片"),
                    ("photo_restored", "恢复以前的照片"),
                    ("faces_ordered", "开关照片比对"),
                    ("roster_frozen", "确定花名册"),
                    ("grades_declared", "申报成绩"),
                    ("grades_taken", "撤回成绩申报"),
                    ("published", "发布通知"),
                    ("explained", "说明未办结原因"),
                    ("commanded", "命令行办理"),
                ],
                max_length=16,
            ),
        ),
    ]
