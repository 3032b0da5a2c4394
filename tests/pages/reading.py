"""How a test reads the page of a file: the page itself, its audit, its text without tags."""

import re

from graduand.queries.audit.academics import compiled, plans
from graduand.queries.basis import policy_of


def page(client, world, student):
    return client.get(f"/candidates/{world.file(student).pk}")


def audits(world):
    """The compiled plans under the policy in force."""
    return compiled(plans(), policy_of(world.batch))


def text(answer):
    """What is read on the page, without markup."""
    body = answer.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
