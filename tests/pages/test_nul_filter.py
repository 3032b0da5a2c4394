"""The sign NUL, which PostgreSQL keeps in no text: wherever a request has it, the answer is 400, and nothing was done."""

from graduand.models import AccountEvent, Consent, User

NUL = "\0"
PERSON = {"username": "new1", "name": "郑新", "role": "class_teacher", "unit": "101", "whole": "1"}
PICK = {"list": "candidates", "verb": "apply", "all": "1", "boxed": "1", "batch": "202307"}


FORMS = (
    ("/people/create", PERSON | {"key": NUL}),
    ("/people/create", PERSON | {"key": "k", "unit": f"101{NUL}"}),
    ("/people/create", PERSON | {"key": "k", "whole": "", "classes": NUL}),
    ("/people/{a}/grant", PERSON | {"key": NUL}),
    ("/people/{a}/active", {"active": "0", "key": NUL}),
    ("/people/{a}/sessions/end", {"key": NUL}),
    ("/people/{a}/second-factor", {"key": NUL, "reason": "手机丢失"}),
    ("/people/{a}/second-factor", {"key": "k", "reason": f"手机{NUL}丢失"}),
    ("/candidates/submit", {"token": NUL}),
    ("/candidates/picks", PICK | {NUL: "1"}),
    ("/candidates/picks", PICK | {"list": NUL}),
    ("/candidates/picks", {"meant": "list=candidates&verb=apply&all=1&batch=202307&q=%00"}),
)
ADDRESSES = (
    "/candidates?q=%00",
    "/candidates?batch=%00",
    "/candidates?%00=1",
    "/people?q=%00",
    "/trail?who=%00",
    "/parcels?q=1%002",
    "/batches/%00/edit",
)


def counts() -> tuple[int, ...]:
    return User.objects.count(), AccountEvent.objects.count(), Consent.objects.count()


def test_no_form_is_taken_with_a_sign_that_no_database_keeps(world, at):
    before, client = counts(), at("hq", raise_request_exception=False)
    person = world.users["a"].pk
    answers = [client.post(path.format(a=person), form).status_code for path, form in FORMS]
    assert (answers, counts()) == ([400] * len(FORMS), before)


def test_no_address_and_no_session_is_looked_for_with_it(at):
    client = at("hq", raise_request_exception=False)
    answers = [client.get(path) for path in ADDRESSES]
    # A cookie's value may be written with any sign in it.
    client.cookies["sessionid"] = f"{'a' * 30}{NUL}"
    answers.append(client.get("/"))
    assert {answer.status_code for answer in answers} == {400}
    assert all("请从页面上重新操作。" in answer.content.decode() for answer in answers)
