"""After the number: what holds a certificate up, what only reminds, and by what word what is let stand is known."""

from dataclasses import replace

from graduand.rulebook.clauses import Finding, fingerprint
from graduand.rulebook.facts import Photo
from graduand.rulebook.identity.person_gates import academic, lacking
from graduand.rulebook.journey import SIDE_STEPS
from graduand.rulebook.judging import fitness, judge
from graduand.rulebook.terms import Desk, Level, Stage, Standing, Verb
from tests.rulebook.plain import IN_FIRST, asked, basis, facts


def test_what_is_let_stand_is_what_was_shown():
    step = SIDE_STEPS[Verb.CONFIRM_ISSUE]
    lost = facts(Stage.CERTIFIED, lacking=(Finding("CRED-TOTAL", need="10", has="6"),))
    found = {
        shown: [
            one.code
            for one in judge(step, lost, basis(), asked(Desk.HQ, note="会议纪要", grounds=shown))
        ]
        for shown in (None, frozenset({lost.grounds_mark, "x"}), frozenset({"x"}), frozenset())
    }
    assert [*found.values()] == [[], [], ["STALE"], ["STALE"]]


def test_what_counts_after_the_number():
    """What CERTIFY asks of the person, and of the picture that was approved what a person has decided; nothing else."""
    known = facts(Stage.CERTIFIED, id_problems=2, chsi=None)
    refused = Photo("a" * 64, IN_FIRST, problems="模糊", same=False)
    other = refused._replace(sha256="b" * 64)
    gone = facts(Stage.CERTIFIED, photo=None, chsi=None)
    unknown = facts(Stage.CERTIFIED, photo=Photo("a" * 64, IN_FIRST, pending=True))
    assert [
        [one.code for one in lacking(file, basis())]
        for file in (
            known,
            facts(Stage.CERTIFIED, level=Level.TOP_UP),
            facts(Stage.CERTIFIED, photo=refused),
            facts(Stage.CERTIFIED, photo=other),
            gone,
            unknown,
        )
    ] == [["INFO-ID"], ["INFO-LEVEL"], ["PHOTO-SPEC", "PHOTO-SAME"], [], [], []]
    extra = basis(extra_gates=["MORAL", "QUALIF", "INFO-CONFIRM"])
    assert [
        one.code for one in lacking(facts(Stage.CERTIFIED, moral=False, confirmed=False), extra)
    ] == ["MORAL", "INFO-CONFIRM"]


def test_what_holds_nothing_up_after_the_number_only_reminds():
    at = {
        stage: {
            one.code: one.blocks
            for one in fitness(
                facts(
                    stage,
                    chsi=None,
                    id_problems=2,
                    photo=Photo("b" * 64, IN_FIRST, problems="模糊", same=False),
                    standing=Standing.GRADUATED,
                ),
                basis(),
                academic(facts(standing=Standing.GRADUATED), basis(), asked()),
            )
        }
        for stage in (Stage.APPROVED, Stage.CERTIFIED)
    }
    codes = (
        "ELIG-STATUS",
        "PHOTO-SPEC",
        "PHOTO-SAME",
        "CHSI-ADMISSION",
        "CHSI-CREDENTIAL",
        "INFO-ID",
    )
    assert at == {
        Stage.APPROVED: dict.fromkeys(codes, True),
        Stage.CERTIFIED: {code: code == "INFO-ID" for code in codes},
    }


def test_a_fingerprint_is_of_exactly_the_findings():
    one, two = (
        Finding("COURSE-MISSING", "A1", has="未通过"),
        Finding("CRED-TOTAL", need="10", has="6"),
    )
    marks = [
        fingerprint("2117", found)
        for found in (
            [one, two],
            [two, one],
            [one],
            [two],
            [replace(two, has="2")],
            [replace(one, arg="B1")],
            [],
        )
    ]
    assert marks[0] == marks[1]
    assert (len({*marks}), marks[-1], len(marks[0])) == (6, "", 16)
    assert fingerprint("2118", [one]) != marks[2]


def test_a_fingerprint_tells_apart_what_the_words_do_not():
    """Another name at the registry, another wrong document; where that was not kept the word is the one it was."""
    one = Finding("INFO-MATCH", "姓名")
    marks = [fingerprint("2117", [replace(one, about=word)]) for word in ("", "a", "b")]
    assert (len({*marks}), marks[0]) == (3, fingerprint("2117", [one]))
    assert [replace(one, about=word).as_row() for word in ("", "a")] == [one.as_row()] * 2
    extra = basis(extra_gates=["MORAL"])
    assert (
        len(
            {
                fingerprint("2117", lacking(facts(Stage.CERTIFIED, moral=moral), extra))
                for moral in (None, False)
            }
        )
        == 2
    )
