"""`graduand act VERB BATCH`: one step of the journey on many files."""

from __future__ import annotations

from graduand.management.acting import ActCommand


class Command(ActCommand):
    """The verb is the first argument."""

    help = "办理一步：申请、审核、退回、寄出……（VERB 见 --help）"
