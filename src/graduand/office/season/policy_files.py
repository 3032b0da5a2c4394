"""A policy as a TOML file: read as a whole, or refused with the line that can't be read."""

from __future__ import annotations

from typing import Any

from graduand.gateways import toml_files
from graduand.rulebook.season.policy import PolicyRefused


def parsed(data: bytes, name: str = "") -> dict[str, Any]:
    """What the file says; an error names it as `name`. Raises PolicyRefused with a sentence."""
    where = f"{name} " if name else ""
    try:
        return toml_files.read(data)
    except toml_files.BadToml as error:
        raise PolicyRefused([f"{where}{error}"]) from error
