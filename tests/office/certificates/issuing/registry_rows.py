"""A 注册结果 with one row: what the registry shows of the valid certificate of one person."""

from graduand.models import Certificate
from tests.office.records.files import table


def registry_file(folder, pk, day, queryable="是"):
    """The file, in `folder`."""
    paper = Certificate.objects.get(candidate=pk, voided_at=None)
    student = paper.candidate.student
    row = {
        "学号": student.number,
        "姓名": student.name,
        "证书编号": paper.number,
        "毕业日期": paper.issue_date.isoformat(),
        "可查询": queryable,
        "注册日期": day,
    }
    return table(folder / "registered.csv", [row])
