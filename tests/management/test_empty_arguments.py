"""An empty variable of a script names no person, place or file: it means neither everybody nor nobody."""

import pytest
from django.core.management import get_commands, load_command_class

from graduand.management.console import OfficeCommand
from tests.management.calling import graduand

# What people write in their own words, and may leave empty.
FREE = {"--note", "--relation", "--carrier", "--tracking", "--reason", "--place"}


def commands():
    ours = sorted(name for name, app in get_commands().items() if app == "graduand")
    made = [(name, load_command_class("graduand", name)) for name in ours]
    return [(name, one) for name, one in made if isinstance(one, OfficeCommand)]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["photos", "check", ".", "--roster", ""], "--roster"),
        (["photos", "check", ".", "--chsi", " "], "--chsi"),
        (["photos", "check", ""], "PATH"),
        (["act", "apply", "202307", "--as", ""], "--as"),
        (["act", "apply", "202307", "--students", ""], "--students"),
        (["certify", "202307", "--centre", ""], "--centre"),
        (["batch", "load", ""], "FILE|BATCH"),
    ],
)
def test_what_is_empty_is_refused_by_name(words, named):
    said = graduand(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"参数 {named} 的值是空的；脚本里的变量可能没有取到值\n"


def test_an_empty_variable_of_the_address_is_none(monkeypatch):
    """`GRADUAND_PORT=` in a file of settings is how a line of it is left out."""
    for name in ("GRADUAND_BIND", "GRADUAND_PORT"):
        monkeypatch.setenv(name, "")
    read = load_command_class("graduand", "serve").create_parser("graduand", "serve").parse_args([])
    assert (read.host, read.port) == ("127.0.0.1", 8000)


def test_nothing_but_free_text_may_be_empty():
    """Of every command, whatever takes a text: read as one that may be empty is only free text."""
    read = {
        option
        for name, command in commands()
        for action in command.create_parser("graduand", name)._actions
        if action.type is str
        for option in action.option_strings
    }
    assert read == FREE
