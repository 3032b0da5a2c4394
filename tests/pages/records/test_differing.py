"""An import that leaves certificates saying something else than the record leads to them, before and after it."""

import re

from graduand.models import Certificate, PlanRow, SheetUpload, Student, key_ring
from graduand.rulebook.terms import Verb
from tests.pages.records.uploads import STUDENT, csv_of, page, send
from tests.pages.stations import bring

LINK = re.compile(r'其中 1 份与导入后的记录不一致[^<]*<a href="([^"]+)">查看这些证书</a>')


def test_the_preview_and_the_result_say_how_many_and_where_to_see_them(world, at):
    client, one = at("college"), world.student(1)
    Student.objects.update(id_hash=key_ring().digest(one.id_no))
    world.judge()
    bring(world, Verb.CERTIFY, one)
    plan = PlanRow.objects.get()
    plan.pk, plan.code, plan.major_name = None, "JK02", "别的专业"
    plan.save()
    same = {
        "学号": one.number,
        "姓名": one.name,
        "性别": "女",
        "证件号": one.id_no,
        "专业规则代码": "JK02",
    }
    page(client, send(client, csv_of({**STUDENT, **same})))
    upload = SheetUpload.objects.get().pk
    for step in ("preview", "result"):
        if step == "result":
            client.post(f"/imports/{upload}/begin")
        found = LINK.search(client.get(f"/imports/{upload}").content.decode())
        url = found[1].replace("&amp;", "&")
        assert url == "/certificates?batch=all&void=0&record=0"
        shown = client.get(url).content.decode()
        assert (f">{Certificate.objects.get().number}<" in shown) is (step == "result")
