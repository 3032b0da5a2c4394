"""In a process of its own: invents a season in the database it is given, as `graduand demo` does in the embedded one."""

import json
import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

django.setup()

from graduand.demo import fates, people, season, sheets, walk  # noqa: E402 - after Django is set up
from graduand.models import Student  # noqa: E402 - after Django is set up
from graduand.office import deployment  # noqa: E402 - after Django is set up
from graduand.rulebook.terms import Role, SheetKind  # noqa: E402 - after Django is set up


def invent(count: int) -> list[season.Account]:
    """The same people and steps; only what throws an embedded database away is left out."""
    call_command("migrate", interactive=False, verbosity=0)
    deployment.mark_demo()
    invented = people.invent(count)
    fates.decide(invented)
    with tempfile.TemporaryDirectory(dir=Path(settings.GRADUAND_HOME) / "tmp") as folder:
        played = walk.Walk(invented, Path(folder), lambda _text: None)
        for step in season.STEPS:
            step(played)
        number = walk.student_for_demo(played.batch)
        student = Student.objects.select_related("centre").get(number=number)
        shown = (number, student.name, student.centre.code, Role.STUDENT.label)
        played.sheet(SheetKind.USERS, sheets.USERS, [(*shown, number)])
    return season._accounts(shown)


if __name__ == "__main__":
    json.dump({one.username: one.password for one in invent(int(sys.argv[1]))}, sys.stdout)
