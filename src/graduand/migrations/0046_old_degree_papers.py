"""The paper of an amended degree certificate is an old one, too. Nobody has recorded yet which ones were made, and when, so
what was ever amended in homes from before is marked, and what the paper says is not known: making one again is cheap, a wrong
paper is not."""

import json

from django.db import migrations, models
from django.db.models import Count

_PRINTED = (
    "number",
    "issued",
    "school_code",
    "school_name",
    "principal",
    "photo",
    "name",
    "sex",
    "birth",
    "major_name",
    "degree",
    "degree_field",
)


def note_old_papers(apps, schema_editor):
    valid = apps.get_model("graduand", "DegreeCertificate").objects.filter(voided_at=None)
    for paper in valid.annotate(n=Count("contents")).filter(n__gt=1).iterator(chunk_size=500):
        versions = list(paper.contents.order_by("version").values_list("body", "made_at"))
        *earlier, last = (json.loads(body) for body, _ in versions)
        if any(one[name] != last[name] for one in earlier for name in _PRINTED):
            paper.old_paper_since = versions[-1][1]
            paper.save(update_fields=["old_paper_since"])


class Migration(migrations.Migration):
    dependencies = [("graduand", "0045_list_of_who_is_set_aside")]

    operations = [
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
                ],
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="degreecertificate",
            name="old_paper_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="degreecertificate",
            name="old_paper_sha256",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="degreecertificate",
            name="reprinted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="degreecertificate",
            index=models.Index(
                condition=models.Q(("old_paper_since__isnull", False)),
                fields=["candidate"],
                name="degree_old_paper",
            ),
        ),
        migrations.RunPython(note_old_papers, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="degreecertificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("old_paper_sha256", ""), ("old_paper_since__isnull", False), _connector="OR"
                ),
                name="degree_old_paper_is_marked",
            ),
        ),
    ]
