"""The name of a list that leaves says of which batches it was asked for."""

from urllib.parse import unquote

import pytest

from graduand.models import Batch
from graduand.pages.door.access import Visit
from graduand.pages.frame import downloads
from graduand.queries.season.seasons import Season
from tests.pages.world import NOON


def visit(*codes, finished=()):
    seasons = [Season(Batch(code=code), None) for code in codes]
    for season in seasons:
        if season.code in finished:
            season.batch.finished_at = NOON
    return Visit(None, NOON, tuple(seasons))


@pytest.mark.parametrize(
    ("batch", "batches"),
    [
        ("", ""),
        ("202307", "-202307"),
        ("all", "-202207+202301+202307"),
        ("open", "-202301+202307"),
    ],
)
def test_the_batches_that_were_asked_for_are_named(batch, batches):
    known = visit("202307", "202301", "202207", finished=["202207"])
    assert downloads.list_name(known, "毕业申请", batch) == f"毕业申请{batches}-20230712.xlsx"


def test_many_batches_are_called_what_the_page_calls_them():
    known = visit("202401", "202307", "202301", "202207")
    names = [downloads.list_name(known, "学生", batch) for batch in ("all", "open")]
    assert names == ["学生-全部批次-20230712.xlsx", "学生-全部未办结批次-20230712.xlsx"]


def test_a_list_with_identifiers_is_named_as_one_without(world, at):
    world.student(1)
    world.judge()
    client = at("a")
    personal = {"field": "id_no", "purpose": "registration"}
    names = []
    for where, more in (("export", {}), ("personal/export", personal)):
        answer = client.post(f"/lists/candidates/{where}", {"batch": "all", **more})
        b"".join(answer.streaming_content)
        names.append(unquote(answer["Content-Disposition"]).rpartition("''")[2])
    assert names == [
        "毕业申请-202307-20230712.xlsx",
        "毕业申请-含个人信息-202307-20230712.xlsx",
    ]
