"""The bibliography: every entry is whole, none stands twice, and every source cited is there."""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from attrvis.tables import Row, Table

ROOT = Path(__file__).resolve().parent.parent
REFS = ROOT / "docs" / "refs.bib"
VENUES = ("journal", "booktitle", "publisher", "school", "institution", "howpublished", "eprint")
NEEDED = ("author", "title", "year")


@dataclass(frozen=True)
class Entry:
    kind: str
    key: str
    fields: dict[str, str]


def matching(text: str, start: int) -> int:
    """Find the brace that closes the one at `start`."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i
    raise ValueError(f"a brace is never closed: {text[start : start + 60]!r}")


def fields(body: str) -> dict[str, str]:
    """Read `name = {value},` after one another; nothing else may stand between them."""
    found: dict[str, str] = {}
    at = 0
    while rest := body[at:].strip():
        at = body.index(rest, at)
        head = re.match(r"(\w+)\s*=\s*\{", rest)
        if not head:
            raise ValueError(f"no field: {rest[:60]!r}")
        name, opening = head[1].lower(), at + head.end() - 1
        closing = matching(body, opening)
        if name in found:
            raise ValueError(f"{name} stands twice")
        found[name] = " ".join(body[opening + 1 : closing].split())
        after = re.match(r"\s*(,|$)", body[closing + 1 :])
        if not after:
            raise ValueError(f"a comma is missing behind {name}")
        at = closing + 1 + after.end()
    return found


def entries(text: str) -> Iterator[Entry]:
    """Read every entry; nothing but white space may stand between them."""
    at = 0
    while rest := text[at:].strip():
        at = text.index(rest, at)
        head = re.match(r"@(\w+)\{([a-z]+\d{4}[a-z]*),", rest)
        if not head:
            raise ValueError(f"no entry: {rest[:60]!r}")
        opening = at + rest.index("{")
        closing = matching(text, opening)
        yield Entry(head[1].lower(), head[2], fields(text[at + head.end() : closing]))
        at = closing + 1


ENTRIES = list(entries(REFS.read_text("utf-8")))
KEYS = {entry.key for entry in ENTRIES}


def rows(held: object) -> Iterator[Row]:
    if isinstance(held, Row):
        yield held
    elif isinstance(held, Table | tuple | list):
        for one in held:
            yield from rows(one)


def cited() -> dict[str, str]:
    """List key -> who cites it, over every table of the package, found by the tables' file name."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "attrvis").rglob("_table.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for held in vars(importlib.import_module(module)).values():
            found |= {row.cite: f"{module}: {row.name}" for row in rows(held) if row.cite}
    return found


def plain(text: str) -> str:
    """Leave lower-case letters without accents, digits and single spaces."""
    bare = re.sub(r"\\[a-zA-Z]*\W?|[{}]", "", text)
    bare = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^\w\s]", " ", bare).lower().split())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_an_entry_is_whole(entry):
    missing = [name for name in NEEDED if not entry.fields.get(name)]
    assert missing == [] and any(entry.fields.get(name) for name in VENUES)
    assert re.fullmatch(r"(19|20)\d\d", entry.fields["year"])
    # A preprint is known by its own year, and printed in a later one.
    assert 0 <= int(entry.fields["year"]) - int(re.findall(r"\d{4}", entry.key)[0]) <= 3


def test_no_key_stands_twice():
    assert [key for key, n in Counter(e.key for e in ENTRIES).items() if n > 1] == []


def test_no_work_stands_twice():
    titles = Counter((plain(e.fields["title"]), e.fields["year"]) for e in ENTRIES)
    assert [title for title, n in titles.items() if n > 1] == []


def test_what_the_tables_cite_is_there():
    found = cited()
    assert {key: who for key, who in found.items() if key not in KEYS} == {}
    assert len(found) > 30


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("@book{a2000, title = {A}", "never closed"),
        ("@book{a2000, title = {A} year = {2000}}", "comma is missing"),
        ("@book{a2000, title = {A}, title = {B}}", "stands twice"),
        ("@book{a2000, title = 5}", "no field"),
        ("@book{a2000, title = {A}}\n}\n", "no entry"),
        ("@book{nokey, title = {A}}", "no entry"),
        ("<<<<<<< HEAD\n@book{a2000, title = {A}}", "no entry"),
    ],
)
def test_the_reader_sees_faults(text, fault):
    with pytest.raises(ValueError, match=fault):
        list(entries(text))


def sources() -> str:
    """Collect what the package's docstrings name as sources, on one line, without accents."""
    pattern = re.compile(r"^ *Source: (.*?)(?:\n\s*\n|\"\"\")", re.DOTALL | re.MULTILINE)
    paths = sorted((ROOT / "attrvis").rglob("*.py"))
    return plain(" ; ".join(s for path in paths for s in pattern.findall(path.read_text("utf-8"))))


def test_every_work_is_cited_somewhere():
    said, keys = sources(), cited()
    assert len(said) > 5000

    def named(entry: Entry) -> bool:
        first = plain(entry.fields["author"].partition(" and ")[0].partition(",")[0])
        years = {entry.fields["year"], re.findall(r"\d{4}", entry.key)[0]}
        return any(re.search(rf"\b{first}\b.{{0,200}}?\b{year}\b", said) for year in years)

    assert [e.key for e in ENTRIES if e.key not in keys and not named(e)] == []
