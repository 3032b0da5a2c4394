"""A season of up to twelve students in which anybody does anything in any order, with up to three batches side by side."""

from __future__ import annotations

import copy
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    ChsiReport,
    Grant,
    PhotoRow,
    Stale,
    Student,
)
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.records.importing import import_sheet
from graduand.office.refusal import Refused
from graduand.office.season import batches, deleting, rounds
from graduand.office.season.ending import closing, finishing, reopening
from graduand.queries import clock, judging
from graduand.queries.season import gaps
from graduand.queries.season.batches import known
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import SheetKind, Stage, Verb
from tests import acting, factories, invariants, people
from tests.acting import SAID
from tests.factories import FIRST, SECOND, Season
from tests.office.records.files import ROWS, table

MOST = 12
START = "2023-07-12 09:00"
WHO = ("hq", "second", "hq_third", "college", "college_two", "dispatch", "clerk0", "clerk1")
CODES = ("202307", "202401", "202407")
CASE_VERBS = (
    Verb.CASE_SUBMIT,
    Verb.CASE_REPORT,
    Verb.CASE_RETURN,
    Verb.CASE_CLEAR,
    Verb.CASE_UPHOLD,
)
NO = Refused
LOOKING = {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"}
# The way forward of a file, so that some get far: who does it, and what.
FORWARD = {
    Stage.RETURNED: (Verb.APPLY, "clerk"),
    Stage.LISTED: (Verb.APPLY, "clerk"),
    Stage.APPLIED: (Verb.ENDORSE, "college"),
    Stage.ENDORSED: (Verb.APPROVE, "hq"),
    Stage.APPROVED: (Verb.CERTIFY, "hq"),
    Stage.CERTIFIED: (Verb.SHIP, "dispatch"),
    Stage.SHIPPED: (Verb.RECEIVE, "clerk"),
    Stage.RECEIVED: (Verb.COLLECT, "clerk"),
}
some = st.integers(1, (1 << MOST) - 1)  # of which students, a bit each
which = st.integers(0, len(CODES) - 1)  # of which batch, the last one that there is at most


class AnySeason(RuleBasedStateMachine):
    """Rules are what desks and offices do; `done` counts over all runs what came of it. Each run is rolled back."""

    season: Season
    folder: Path
    done: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.writes, self.marks, self.looked = 0, {}, ""
        self.block, self.watch = (
            transaction.atomic(),
            connection.execute_wrapper(self.noting_writes),
        )
        self.block.__enter__()
        self.watch.__enter__()
        factories.set_clock(START)
        factories.enrol(self.season, 5)
        factories.enrol(self.season, 3, centre=1)
        auditing.run(self.season.batch)

    def noting_writes(self, execute, sql, params, many, context):
        """Counts what is not only looking; what is taken back to a savepoint is as if it had never been written."""
        words = sql.split(maxsplit=3)
        if words[0] == "SAVEPOINT":
            self.marks[words[1]] = self.writes
        if words[:3] == ["ROLLBACK", "TO", "SAVEPOINT"]:
            self.writes = self.marks[words[3]]
        self.writes += words[0] not in LOOKING
        return execute(sql, params, many, context)

    def teardown(self) -> None:
        self.watch.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @invariant()
    def nothing_is_broken(self) -> None:
        """Looked at whenever something was written or the day is another one; otherwise everything is as it was found."""
        known = f"{self.writes} {clock.today()}"
        if known == self.looked:
            return
        self.looked = known
        broken = invariants.everywhere()
        assert broken == [], broken

    @initialize(steps=st.integers(0, len(FORWARD)))
    def begin(self, steps: int) -> None:
        """The season has begun in the first centre, and is as far as that."""
        self.far_forward(0, 0, steps)

    # -- who and whom ------------------------------------------------------------------------------------------

    def batch(self, which: int) -> Batch:
        there = list(known().order_by("code"))
        return there[min(which, len(there) - 1)]

    def chosen(self, some: int) -> list[Student]:
        return [
            one for place, one in enumerate(Student.objects.order_by("id")) if some >> place & 1
        ]

    def files(self, batch: Batch, some: int) -> list[int]:
        rows = Candidate.objects.filter(batch=batch, student__in=self.chosen(some))
        return list(rows.order_by("id").values_list("id", flat=True))

    def user(self, who: str):
        staff = self.season.staff
        return staff.clerks[int(who[-1])] if who.startswith("clerk") else getattr(staff, who)

    def attempt(
        self, batch: Batch, verb: Verb, who: str, ids: list[int], *, second: bool = False
    ) -> None:
        """Somebody tries; not being allowed is an answer, too."""
        actor = people.actor_of(self.user(who), clock.today())
        if not ids or actor is None:
            return
        request = ActRequest(
            verb, None, self.season.staff.second if second else None, {**SAID.get(verb, {})}
        )
        with suppress(NO), transaction.atomic():
            act = acts.do(batch, ids, actor, request)
            self.done[verb.value] += act.done

    # -- acts --------------------------------------------------------------------------------------------------

    @rule(which=which, centre=st.integers(0, 1), stage=st.sampled_from(list(FORWARD)))
    def forward(self, which: int, centre: int, stage: Stage) -> None:
        """What comes next for everybody of a centre who stands there."""
        batch, (verb, who) = self.batch(which), FORWARD[stage]
        files = Candidate.objects.filter(
            batch=batch, stage=stage.value, centre=self.season.centres[centre]
        )
        ids = list(files.order_by("id").values_list("id", flat=True))
        if verb is Verb.CERTIFY:
            self.roster(which)
        if verb is Verb.COLLECT:
            acting.register(ids)
        self.attempt(batch, verb, f"clerk{centre}" if who == "clerk" else who, ids)

    @rule(which=which, centre=st.integers(0, 1), steps=st.integers(2, len(FORWARD)))
    def far_forward(self, which: int, centre: int, steps: int) -> None:
        """Several steps of the way, so that something is there to be taken back."""
        for stage in list(FORWARD)[:steps]:
            self.forward(which, centre, stage)

    @rule(
        which=which,
        some=some,
        verb=st.sampled_from(list(Verb)),
        who=st.sampled_from(WHO),
        second=st.booleans(),
    )
    def anything(self, which: int, some: int, verb: Verb, who: str, second: bool) -> None:
        batch = self.batch(which)
        self.attempt(batch, verb, who, self.files(batch, some), second=second)

    @rule(
        which=which,
        some=some,
        verb=st.sampled_from([Verb.VOID, Verb.SEND_BACK, Verb.REOPEN, Verb.RECALL, Verb.UNCOLLECT]),
    )
    def backward(self, which: int, some: int, verb: Verb) -> None:
        """What was done is taken back by two people; a certificate is first cancelled at the registry, sometimes."""
        batch = self.batch(which)
        ids = self.files(batch, some)
        if verb is Verb.VOID and some % 2:
            Certificate.objects.filter(candidate__in=ids).update(
                cancelled_on=clock.today(), queryable=False
            )
        self.attempt(batch, verb, "dispatch" if verb is Verb.RECALL else "hq", ids, second=True)

    @rule(
        which=which,
        some=some,
        verb=st.sampled_from(CASE_VERBS),
        who=st.sampled_from(("clerk0", "college", "hq")),
    )
    def case_step(self, which: int, some: int, verb: Verb, who: str) -> None:
        batch = self.batch(which)
        self.attempt(batch, verb, who, self.files(batch, some), second=True)

    @rule(which=which)
    def roster(self, which: int) -> None:
        with suppress(NO), transaction.atomic():
            batches.freeze_roster(self.batch(which), self.season.staff.hq.pk)

    @rule(which=which, some=some)
    def register(self, which: int, some: int) -> None:
        acting.register(self.files(self.batch(which), some))

    # -- facts -------------------------------------------------------------------------------------------------

    def bring(self, kind: SheetKind, rows: list[dict[str, str]], who: str) -> None:
        """A sheet comes, and once more: the second time it says nothing new, and nothing is different (I14)."""
        path = table(self.folder / f"{kind.value}.csv", rows)
        tally = import_sheet(kind, path, by=self.user(who))
        before = invariants.imported()
        again = import_sheet(kind, path, by=self.user(who))
        assert (again.created, again.updated, invariants.imported()) == (0, 0, before)
        self.done[kind.value] += tally.created + tally.updated

    @rule(
        some=some,
        course=st.sampled_from(("A1", "E1", "P1")),
        mark=st.sampled_from(("90", "30", "缺考")),
    )
    def results(self, some: int, course: str, mark: str) -> None:
        usual = {
            **ROWS[SheetKind.RESULTS],
            "课程代码": course,
            "学期": "2023春",
            "发布日期": "2023-07-01",
            "复核通过": "是",
        }
        rows = [{**usual, "学号": one.number, "成绩": mark} for one in self.chosen(some)]
        if rows:
            self.bring(SheetKind.RESULTS, rows, "college")

    @rule(some=some, verdict=st.sampled_from(("正常", "身份核验不确定", "身份核验未通过")))
    def registry(self, some: int, verdict: str) -> None:
        usual = {**ROWS[SheetKind.CHSI], "核验结果": verdict, "数据日期": str(clock.today())}
        rows = [{**usual, "学号": one.number, "姓名": one.name} for one in self.chosen(some)]
        if rows:
            self.bring(SheetKind.CHSI, rows, "hq")

    @precondition(lambda self: Student.objects.count() < MOST)
    @rule(centre=st.sampled_from(("C1", "C2")))
    def newcomer(self, centre: str) -> None:
        """One more student comes by a sheet, with everything in order."""
        number = f"2117151{Student.objects.count():06}"
        usual = {**ROWS[SheetKind.STUDENTS], "学习中心代码": centre, "专业规则代码": "K-JUNIOR"}
        self.bring(SheetKind.STUDENTS, [{**usual, "学号": number}], "second")
        student = Student.objects.filter(number=number).first()
        if student is not None:
            factories.photo_of(student, self.season.staff.clerks[0]).save()
            ChsiReport.objects.create(**vars_of(factories.chsi_of(student)))
            for row in factories.results_of(student):
                row.save()
            auditing.mark_stale([student.pk])

    @rule(some=some, number=st.integers(1, 3))
    def picture(self, some: int, number: int) -> None:
        PhotoRow.objects.filter(student__in=self.chosen(some)).update(sha256=f"{number:064x}")

    # -- batches, time, people ---------------------------------------------------------------------------------

    @precondition(lambda self: known().count() < len(CODES))
    @rule()
    def next_batch(self) -> None:
        """A later batch, open on the same days, beside the ones that there are."""
        code = CODES[known().count()]
        turns = [{"name": FIRST, "opens": "2023-07-01", "closes": "2023-12-16"}]
        later = {
            "code": code,
            "issue_date": f"{code[:4]}-{code[4:]}-20",
            "closes_at": "2024-12-12",
            "rounds": turns,
        }
        batches.load(
            factories.policy_data(**later, enrolled_through="2021秋", progression=None), None
        )
        self.done["batch"] += 1

    @rule(which=which, least=st.sampled_from((150, 200, 300)))
    def policy(self, which: int, least: int) -> None:
        """Another version of the policy in force."""
        batch = self.batch(which)
        assert batch.policy is not None
        data = {**copy.deepcopy(batch.policy.source), "self_appraisal_min_chars": least}
        with suppress(NO), transaction.atomic():
            batches.load(data, self.season.staff.hq.pk)

    @rule(which=which)
    def close(self, which: int) -> None:
        """Everything is explained, then the batch is closed."""
        batch, actor = self.batch(which), people.actor_of(self.season.staff.hq, clock.today())
        if actor is None:
            return
        with suppress(NO), transaction.atomic():
            for gap in gaps.names(batch):
                closing.explain(batch, gap, None, "次年办理", actor)
            acting.shut(batch, actor)
            self.done["closed"] += 1

    @precondition(lambda self: known().count() > 1)
    @rule()
    def delete_the_last(self) -> None:
        """The last batch was loaded by mistake; it goes as long as nobody has acted in it."""
        batch, actor = (
            self.batch(len(CODES)),
            people.actor_of(self.season.staff.second, clock.today()),
        )
        if actor is None:
            return
        with suppress(NO), transaction.atomic():
            deleting.delete(batch, actor)
            deleting.complete(batch)
            self.done["deleted"] += 1

    @rule(which=which)
    def finish(self, which: int) -> None:
        with suppress(NO), transaction.atomic():
            finishing.declare(self.batch(which))

    @rule(which=which)
    def open_again(self, which: int) -> None:
        """Two people want it open; the worker brings back whom the closing lapsed, completes the list, and opens it."""
        actor = people.actor_of(self.season.staff.hq, clock.today())
        if actor is None:
            return
        with suppress(NO), transaction.atomic():
            reopening.order(self.batch(which), actor)
        roll_forward.batches()

    @rule(which=which, name=st.sampled_from((FIRST, SECOND)), opening=st.booleans())
    def round_by_hand(self, which: int, name: str, opening: bool) -> None:
        actor = people.actor_of(self.season.staff.hq, clock.today())
        if actor is not None:  # who left has no page to do it on
            with suppress(NO), transaction.atomic():
                rounds.switch(self.batch(which), name, actor, opening=opening)

    @rule(which=which)
    def judge(self, which: int) -> None:
        batch = self.batch(which)
        auditing.run(batch)
        batches.refresh_list(batch)
        followed = Candidate.objects.filter(judging.FOLLOWED, batch=batch, aside=False)
        assert (
            list(Stale.objects.filter(candidate__in=followed)) == []
        )  # who lapsed with a closed batch keeps the mark

    @rule(days=st.integers(1, 6))
    def later(self, days: int) -> None:
        then = clock.now().astimezone(OFFICE_ZONE) + timedelta(days=days)
        factories.set_clock(then.strftime("%Y-%m-%d %H:%M"))

    @rule(who=st.sampled_from(WHO), back=st.booleans())
    def role(self, who: str, back: bool) -> None:
        """A role ends with the day that is over, or is given back."""
        today = clock.today()
        self.later(1)
        Grant.objects.filter(user=self.user(who)).update(until=None if back else today)


def vars_of(row: ChsiReport) -> dict[str, object]:
    """The columns of an unsaved row."""
    return {
        one.attname: getattr(row, one.attname)
        for one in row._meta.concrete_fields
        if one.attname != "id"
    }
