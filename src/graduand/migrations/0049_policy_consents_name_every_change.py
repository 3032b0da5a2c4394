"""A question about a policy is called by all that it changes, not by the longer deadlines alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("graduand", "0048_confirmed_codes")]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("grant", "授予总部岗位"),
                    ("factor", "停用他人的二次验证"),
                    ("export", "导出含个人信息的名单"),
                    ("act", "办理须两人的事项"),
                    ("policy", "批次规定的改动（含延长期限）"),
                    ("batch", "关闭、重新开放或办结批次"),
                    ("swap", "互换两名学生的照片"),
                ],
                max_length=8,
            ),
        ),
    ]
