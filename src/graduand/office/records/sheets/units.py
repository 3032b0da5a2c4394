"""单位: headquarters, colleges, learning centres; parents may be anywhere in the same file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graduand.models import Unit
from graduand.office.records.rows import Changes, ImportContext, ImportRow, SheetImporter
from graduand.office.records.tables import RowRequest, settle, silent_about
from graduand.rulebook.terms import SheetKind, UnitKind

WHOLE_FILE = 1 << 30
NOT_YET = -1  # the id of a unit that the same file brings
_PARENTS = {
    UnitKind.COLLEGE.value: (UnitKind.HQ.value, UnitKind.COLLEGE.value),
    UnitKind.CENTRE.value: (UnitKind.HQ.value, UnitKind.COLLEGE.value, UnitKind.CENTRE.value),
}


class Units(SheetImporter):
    """The tree of units, written level by level from the top."""

    kind = SheetKind.UNITS
    chunk = WHOLE_FILE
    by_student = owned = False

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        known = {unit.code: unit for unit in Unit.objects.select_related("parent")}
        given = {row.values["code"]: row for row in rows}
        kinds = {code: unit.kind for code, unit in known.items()}
        kinds |= {code: row.values["kind"] for code, row in given.items()}
        parents = {code: unit.parent.code if unit.parent else "" for code, unit in known.items()}
        parents |= {code: row.values["parent_code"] for code, row in given.items()}
        for row in rows:
            row.resolved["unit"] = known.get(row.values["code"])
            self._check_parent(row, kinds, context)
            _check_scope(row, known, set(given), context)
            if _circular(row.values["code"], parents):
                context.refuse(
                    row.number, "上级单位代码", "上级单位绕成了一个圈；请检查这些单位的上级单位代码"
                )
        self._drop_orphans(rows, set(known), context)

    def _check_parent(
        self, row: ImportRow, kinds: Mapping[str, str], context: ImportContext
    ) -> None:
        parent = row.values["parent_code"]
        kind = row.values["kind"]
        if not parent or kind not in _PARENTS:
            return
        if parent not in kinds:
            context.refuse(
                row.number,
                "上级单位代码",
                f"没有代码为「{parent}」的单位；请先导入上级单位，或放在同一个文件里",
            )
        elif kinds[parent] and kinds[parent] not in _PARENTS[kind]:
            wanted = "、".join(UnitKind(k).label for k in _PARENTS[kind])
            context.refuse(
                row.number,
                "上级单位代码",
                f"{UnitKind(kind).label}的上级单位应是{wanted}，「{parent}」不是",
            )

    def _drop_orphans(
        self, rows: Sequence[ImportRow], known: set[str], context: ImportContext
    ) -> None:
        """A unit whose parent's own row is refused cannot be kept either."""
        left = context.good(rows)
        while True:
            held = known | {row.values["code"] for row in left}
            orphans = [
                row
                for row in left
                if row.values["parent_code"] and row.values["parent_code"] not in held
            ]
            if not orphans:
                return
            for row in orphans:
                parent = row.values["parent_code"]
                context.refuse(
                    row.number,
                    "上级单位代码",
                    f"上级单位「{parent}」那一行有问题，没有导入；请先改好那一行",
                )
            left = context.good(left)

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        # A unit below a new unit is new itself, or moves: in both cases it differs, whatever the
        # new id is.
        changes = _settled(rows, context)

        def write() -> None:
            waiting = list(rows)
            while waiting:
                here = {row.values["code"] for row in waiting if row.resolved["unit"] is None}
                _settled(
                    [row for row in waiting if row.values["parent_code"] not in here], context
                ).write()
                waiting = [row for row in waiting if row.values["parent_code"] in here]

        return Changes(changes.counts, changes.rows, write)


def _settled(rows: Sequence[ImportRow], context: ImportContext) -> Changes:
    ids = dict(Unit.objects.values_list("code", "id"))
    row_requests = [silent_about(_row_request(row, ids), context.blank_of(row)) for row in rows]
    return settle(Unit, rows, row_requests, context, absent=context.absent)


def _check_scope(
    row: ImportRow, known: Mapping[str, Unit], here: set[str], context: ImportContext
) -> None:
    """A college looks after itself and what is below it: it adds nothing elsewhere, and moves
    nothing away.
    """
    if context.centres is None:
        return
    unit = row.resolved["unit"]
    parent = row.values["parent_code"]
    if unit is not None and unit.id not in context.centres:
        context.refuse(
            row.number, "单位代码", f"单位「{unit.code}」不在您的管理范围内；请由上级单位或总部导入"
        )
    stays = unit is not None and unit.parent is not None and unit.parent.code == parent
    above = known.get(parent)
    is_own = parent in here if above is None else above.id in context.centres
    if not stays and not is_own:
        context.refuse(
            row.number,
            "上级单位代码",
            f"上级单位「{parent}」不在您的管理范围内；请由上级单位或总部导入",
        )


def _row_request(row: ImportRow, ids: Mapping[str, int]) -> RowRequest:
    values = {
        name: row.values[name] for name in ("code", "name", "kind", "contact", "phone", "address")
    }
    values["parent_id"] = None
    if parent := row.values["parent_code"]:
        values["parent_id"] = ids.get(parent, NOT_YET)
    return RowRequest(row.values["code"], row.resolved["unit"], values)


def _circular(code: str, parents: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    while parents.get(code):
        if code in seen:
            return True
        seen.add(code)
        code = parents[code]
    return False
