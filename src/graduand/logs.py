"""What is logged and how: one line per event on stderr, with persons' numbers masked everywhere."""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog

# GB 11643 numbers and registration numbers alike: 17 digits and a digit or X; the old 15 digits;
# mobile phones.
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])")
# The same as a card reader writes it, in groups.
_GROUPED_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(\d{6})[ -]\d{4}[ -]?\d{2}[ -]?\d{2}[ -](\d{3}[0-9Xx])(?![0-9A-Za-z])"
)
_OLD_NUMBER = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{6}(\d{3})(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z])")

_SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
)


def scrub(text: str) -> str:
    """`text` with the inner digits of 18- and 15-digit numbers and of mobile phone numbers starred
    out.
    """
    text = _GROUPED_NUMBER.sub(r"\1********\2", text)
    text = _OLD_NUMBER.sub(r"\1******\2", _LONG_NUMBER.sub(r"\1********\2", text))
    return _MOBILE.sub(r"\1****\2", text)


class ScrubbingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a record, then masks the whole line: message, arguments and traceback alike."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for `record`, masked."""
        return scrub(super().format(record))


def one_line(record: logging.LogRecord) -> bool:
    """Let every record through; what strangers can cause as often as they like (a wrong Host …)
    without its traceback.
    """
    if record.name.startswith("django.security"):
        record.exc_info = None
    return True


def configure_structlog() -> None:
    """Send structlog's events through the standard library's handlers, so that one formatter sees
    all.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _processors(*, as_json: bool) -> list[Any]:
    """What makes a line of an event; text shows a traceback in lines of its own."""
    finish = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_json:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
        return [structlog.processors.format_exc_info, finish, renderer]
    text = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    return [finish, text]


def logging_settings(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to stderr, as text or as one JSON object a line."""
    chain = _processors(as_json=as_json)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": ScrubbingFormatter, "foreign_pre_chain": _SHARED, "processors": chain}
        },
        "filters": {"one_line": {"()": lambda: one_line}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["one_line"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True, "level": level},
            "django.server": {"handlers": [], "propagate": True, "level": level},
            "pikepdf": {"level": "WARNING"},  # it reports that it was loaded
            "fontTools": {"level": "ERROR"},
        },
    }
