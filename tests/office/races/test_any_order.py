"""Any verbs by anybody in any order, with facts that change in between: the invariants hold after each act."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graduand.models import Candidate, Certificate, ChsiReport, PhotoRow
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Level, Stage, Verb
from tests.acting import SAID, act, register
from tests.factories import Season, enrol, set_clock
from tests.invariants import violations

pytestmark = pytest.mark.django_db
WHO = ("hq", "second", "hq_third", "college", "college_two", "dispatch", "clerk0", "clerk1")
FACTS = ("doubt", "no doubt", "photo", "register", "roster", "later")
STEP = st.one_of(
    st.tuples(st.sampled_from(list(Verb)), st.sampled_from(WHO), st.integers(1, 15), st.booleans()),
    st.tuples(st.sampled_from(FACTS), st.just(""), st.integers(1, 15), st.booleans()),
    # the way forward, often enough that files get far
    st.tuples(st.just("forward"), st.just(""), st.integers(1, 15), st.booleans()),
    st.tuples(st.just("forward"), st.just(""), st.just(15), st.booleans()),
)
FORWARD = {
    Stage.LISTED: (Verb.APPLY, "clerk0"),
    Stage.APPLIED: (Verb.ENDORSE, "college"),
    Stage.ENDORSED: (Verb.APPROVE, "hq"),
    Stage.APPROVED: (Verb.CERTIFY, "hq"),
    Stage.CERTIFIED: (Verb.SHIP, "dispatch"),
    Stage.SHIPPED: (Verb.RECEIVE, "clerk0"),
    Stage.RECEIVED: (Verb.COLLECT, "clerk0"),
}


def change(season: Season, what: str, ids: list[int], days: list[int]) -> None:
    """A fact changes under the files."""
    mine = {"student__candidates__in": ids}
    if what in ("doubt", "no doubt"):
        ChsiReport.objects.filter(**mine).update(verdict="unsure" if what == "doubt" else "normal")
    elif what == "photo":
        PhotoRow.objects.filter(**mine).update(sha256=f"{len(days):064x}")
    elif what == "register":
        register(ids)
        Certificate.objects.filter(candidate__in=ids).update(
            cancelled_on="2023-08-01", queryable=False
        )
    elif what == "roster":
        batches.freeze_roster(season.batch, season.staff.hq.pk)
    else:
        days.append(1)
        set_clock(f"2023-{9 + len(days) // 20:02}-{len(days) % 20 + 4:02} 09:00")


def attempt(season: Season, verb: Verb, who: str, ids: list[int], *, second: bool) -> None:
    """Somebody tries; not being allowed is an answer, too."""
    staff = season.staff
    user = staff.clerks[int(who[-1])] if who.startswith("clerk") else getattr(staff, who)
    try:
        with transaction.atomic():
            act(
                season,
                verb,
                ids,
                user,
                second=staff.second if second else None,
                **SAID.get(verb, {}),
            )
    except Refused:
        return


def forward(season: Season, ids: list[int]) -> None:
    """What comes next for the first file of `ids`, for all of them that stand there."""
    stage = Stage(Candidate.objects.values_list("stage", flat=True).get(pk=ids[0]))
    if stage is Stage.APPROVED:
        batches.freeze_roster(season.batch, season.staff.hq.pk)
    if stage in FORWARD:
        verb, who = FORWARD[stage]
        there = list(
            Candidate.objects.filter(pk__in=ids, stage=stage, centre=season.centres[0]).values_list(
                "id", flat=True
            )
        )
        if verb is Verb.COLLECT:
            register(there)
        attempt(season, verb, who, there, second=True)


@pytest.fixture
def files(season) -> tuple[Season, list[int]]:
    ids = enrol(season, 2) + enrol(season, 1, level=Level.TOP_UP) + enrol(season, 1, centre=1)
    return season, ids


@pytest.mark.slow
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=8, max_size=20))
def test_any_order(files, steps):
    season, ids = files
    days: list[int] = []
    with transaction.atomic():
        for what, who, chosen, second in steps:
            mine = [pk for place, pk in enumerate(ids) if chosen >> place & 1]
            if what == "forward":
                forward(season, mine)
            elif what in FACTS:
                change(season, what, mine, days)
            else:
                attempt(season, what, who, mine, second=second)
            assert violations(season.batch) == []
        set_clock("2023-07-12 09:00")
        transaction.set_rollback(True)


def test_the_way_forward_is_the_tables(files):
    assert {
        stage: STEPS[verb].desk_at(stage) is not None for stage, (verb, _) in FORWARD.items()
    } == dict.fromkeys(FORWARD, True)
