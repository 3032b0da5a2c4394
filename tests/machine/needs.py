"""What a test needs from the machine: skip with the reason where it is missing, fail where nothing may be skipped."""

import importlib.util
import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test for want of `what`; on CI, where everything is installed, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI skips nothing", pytrace=False)
    pytest.skip(f"{what} is missing")


def tool(name: str) -> str:
    """The path of the program `name`."""
    return shutil.which(name) or missing(name)


def library(name: str) -> None:
    """Nothing where the Python library `name` can be imported."""
    if importlib.util.find_spec(name) is None:
        missing(name)
