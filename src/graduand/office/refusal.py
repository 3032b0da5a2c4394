"""The one way in which the office refuses: a kind, which page and command line answer each in its
own way, and a sentence.
"""

from __future__ import annotations

from enum import StrEnum

FOREIGN = "没有找到，或不属于您的单位"


class RefusalKind(StrEnum):
    """The kind of a refusal. `pages.door.refusals` has the response of a page, `management.console`
    the exit code.
    """

    STATE = "state"  # the records, or another person's act meanwhile, do not allow it
    RIGHTS = "rights"  # the asker may not do this
    # It does not exist, or belongs to others: the answer does not tell which
    NOT_YOURS = "not-yours"
    INPUT = "input"  # an input is not accepted: a number, a code, a file
    INSTALLATION = "installation"  # this installation is not the place for it


class Refused(Exception):
    """Nothing was done; str() is a sentence in Chinese that says why and what to do next."""

    def __init__(self, sentence: str, kind: RefusalKind = RefusalKind.STATE) -> None:
        super().__init__(sentence)
        self.kind = kind


def not_allowed(sentence: str) -> Refused:
    """The refusal for an actor whose function does not do this."""
    return Refused(sentence, RefusalKind.RIGHTS)


def not_yours(sentence: str = FOREIGN) -> Refused:
    """The refusal for something that the person does not see; where it matters the log says more
    than the sentence.
    """
    return Refused(sentence, RefusalKind.NOT_YOURS)


def unusable(sentence: str) -> Refused:
    """The refusal of an input: a number, a code, a file."""
    return Refused(sentence, RefusalKind.INPUT)
