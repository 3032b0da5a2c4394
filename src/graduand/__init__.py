"""Graduation seasons of an open university; importing the package chooses the SQLite library.

The SQLite of many distributions (3.7.0 to 3.51.2) can lose committed pages when a WAL file is
reset while another connection reads. The `pysqlite3` wheel brings a mended one, and takes the
standard library's place here: before Django loads its backend, for the web, the worker, the
command line and the tests alike. A check in `graduand.apps` warns where an old one is in use.
"""

import importlib
import sys

__version__ = "0.1.0"


def _take_newer_sqlite() -> None:
    """Let `import sqlite3` mean pysqlite3 where the wheel exists for this platform."""
    try:
        newer = importlib.import_module("pysqlite3")
    except ImportError:
        return
    sys.modules["sqlite3"] = newer
    sys.modules["sqlite3.dbapi2"] = importlib.import_module("pysqlite3.dbapi2")


_take_newer_sqlite()
