"""`graduand list BATCH`: make or refresh the 初审名单 of every round."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from graduand.management.console import OfficeCommand, the_batch
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.season import batches, listing


class Command(OfficeCommand):
    """First judges everybody who is due, since the list consists of the people who are fit."""

    help = "生成或刷新初审名单"
    first = roll_forward.BATCHES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")

    def work(self, options: dict[str, Any]) -> bool:
        listing.resume()
        batch = the_batch(options["batch"])
        listing.settle_all()
        listing.order(batch)
        listing.complete(batch)
        with self.watching("毕业审核") as watch:
            tally = auditing.run(batch, progress=watch)
        counts = batches.refresh_list(batch)
        line = "，".join(f"{name} {people} 人" for name, people in counts.items())
        plain = {"batch": batch.code, "judged": tally.judged, "fit": tally.fit, "rounds": counts}
        self.result(plain, f"批次 {batch.code} 初审名单：{line}")
        return True
