"""The command line's manners: help, wrong words, and what it says of unknown things."""

from __future__ import annotations

import pytest

from attrvis import __version__
from attrvis.cli._table import ROWS

COMMANDS = [name for name, _, _ in ROWS]


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_help_names_every_command(run, words):
    result = run(*words)
    assert result.exit_code == 0
    assert all(f"  {name} " in result.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Usage: attrvis {command}" in result.stdout
    assert "--json" in result.stdout


def test_version(run):
    assert run("--version").stdout == f"attrvis {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explian", "a.jpg"), "'explain'"),
        (("explain",), "Missing argument 'PHOTO'"),
        (("explain", "a.jpg", "--taget", "x"), "--target"),
        (("explain", "a.jpg", "--points", "0"), "--points"),
        (("explain", "a.jpg", "--points", "many"), "--points"),
        (("explain", "a.jpg", "--fit", "squeeze"), "'crop', 'pad', 'stretch'"),
        (("explain", "a.jpg", "--precision", "float16"), "'bfloat16'"),
        (("explain", "a.jpg", "--seed", "-1"), "--seed"),
        (("predict", "a.jpg", "b.jpg"), "b.jpg"),
        (("layers", "--size", "-3"), "--size"),
    ],
)
def test_wrong_words_are_one_line_with_the_cure(refused, words, said):
    line = refused(*words)
    assert said in line
    assert "--help" in line
