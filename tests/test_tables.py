"""Tables: lazy, by name, open to third parties, helpful on a miss."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from importlib.metadata import EntryPoint

import pytest

from attrvis import tables
from attrvis.errors import AttrVisWarning, BadValue, UnknownName
from attrvis.tables import Row, Table

ROWS = [
    Row("ratio", "fractions:Fraction", "numbers", "gauss1801"),
    Row("join", "os.path:join", "paths"),
    Row("lost", "no_such_module_anywhere:Thing"),
    Row("gone", "fractions:Nothing"),
]


def test_known_answers() -> None:
    table = Table("things", ROWS, kind="thing")
    assert table["ratio"] is Fraction
    assert table.row("ratio") is ROWS[0] and ROWS[0].cite == "gauss1801"
    assert table.names == ("ratio", "join", "lost", "gone")
    assert list(table) == ROWS and len(table) == 4
    assert "join" in table and "split" not in table and 7 not in table
    assert repr(table) == "Table('things', 4 rows)"


def test_a_miss_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"no thing 'rati'; the nearest: 'ratio'"):
        Table("things", ROWS, kind="thing")["rati"]
    with pytest.raises(UnknownName, match="none at all"):
        Table("things", [])["x"]


def test_a_row_that_cannot_be_loaded_says_so() -> None:
    table = Table("things", ROWS)
    for name in ("lost", "gone"):
        with pytest.raises(BadValue, match=f"'{name}' points to .* cannot be loaded"):
            table[name]


def test_wrong_rows_are_refused() -> None:
    with pytest.raises(BadValue, match="two rows named 'ratio'"):
        Table("things", [ROWS[0], ROWS[0]])
    for name, target in (("", "a:b"), ("x", "a"), ("x", ":b"), ("x", "a:")):
        with pytest.raises(BadValue, match="module:Class"):
            Row(name, target)


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys; from attrvis.tables import *\n"
        "t = Table('x', [Row('a', 'wave:Wave_read')])\n"
        "t.names, t.row('a'), len(t); before = 'wave' in sys.modules\n"
        "t['a']; sys.exit(before or 'wave' not in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_third_parties_join_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("theirs", "fractions:Fraction", "attrvis.things"),
        EntryPoint("ratio", "os.path:join", "attrvis.things"),
        EntryPoint("broken", "fractions", "attrvis.things"),
    ]
    asked = []

    def found(group: str) -> list[EntryPoint]:
        asked.append(group)
        return points

    monkeypatch.setattr(tables, "entry_points", found)
    table = Table("things", ROWS)
    assert table["ratio"] is Fraction and asked == []
    with pytest.warns(AttrVisWarning) as caught:
        assert table["theirs"] is Fraction
    assert len(caught) == 2
    assert table.names[-1] == "theirs" and table.row("theirs").family == "third party"
    assert table["ratio"] is Fraction and asked == ["attrvis.things"]
