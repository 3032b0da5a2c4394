"""`graduand act` as a test calls it, and how a file gets as far as a stage by it."""

from tests.management.calling import graduand, stages


def act(*words):
    return graduand("act", *words, "--json")


def reach(season, ids, stage):
    """Walk `ids` to `stage` through the command line."""
    way = ("apply", "endorse", "approve", "roster", "certify")
    for verb in way[: ("applied", "endorsed", "approved", "-", "certified").index(stage) + 1]:
        answer = graduand("roster", "202307") if verb == "roster" else act(verb, "202307")
        assert answer.code == 0, answer.err
    assert stages(ids) == [stage] * len(ids)
