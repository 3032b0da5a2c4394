"""Headquarters may let a numbered certificate stand whose person fails since: what was missing then is kept with the file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("graduand", "0047_finished_but_for_old_papers")]

    operations = [
        migrations.AddField(
            model_name="candidate",
            name="confirmed_codes",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="act",
            name="verb",
            field=models.CharField(
                choices=[
                    ("apply", "申请毕业"),
                    ("withdraw", "撤回申请"),
                    ("defer", "暂缓毕业"),
                    ("resume", "恢复"),
                    ("endorse", "学院审核通过"),
                    ("approve", "准予毕业"),
                    ("send_back", "退回补正"),
                    ("reject", "审核不通过"),
                    ("reopen", "申诉重审"),
                    ("lapse", "未办结转"),
                    ("relist", "恢复到名单"),
                    ("relist_deferred", "恢复暂缓"),
                    ("relist_returned", "恢复退回补正"),
                    ("relist_applied", "恢复申请"),
                    ("relist_endorsed", "恢复学院审核通过"),
                    ("certify", "编号制证"),
                    ("void", "作废重办"),
                    ("ship", "寄出"),
                    ("receive", "签收"),
                    ("collect", "签领"),
                    ("uncollect", "撤销签领"),
                    ("recall", "退回学院"),
                    ("degree_apply", "申请学位"),
                    ("degree_return", "退回学位材料"),
                    ("degree_grant", "授予学位"),
                    ("degree_decline", "不授予学位"),
                    ("case_submit", "提交复核材料"),
                    ("case_report", "上报总部备案"),
                    ("case_return", "退回补充复核材料"),
                    ("case_clear", "备案通过"),
                    ("case_uphold", "维持存疑"),
                    ("deregister", "登记注册注销"),
                    ("reregister", "撤销注销登记"),
                    ("amend", "更正证书内容"),
                    ("degree_certify", "学位证书编号"),
                    ("degree_replace", "登记学位证书重制"),
                    ("confirm_issue", "核实后维持"),
                ],
                max_length=16,
            ),
        ),
    ]
