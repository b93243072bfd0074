"""Imports go downward only: every import of the package is read and held to the table of floors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "attrvis"

FLOORS: tuple[tuple[str, ...], ...] = (
    (
        "arrays",
        "errors",
        "filters",
        "folders",
        "images",
        "kinds",
        "optimise",
        "optimisers",
        "pages",
        "photos",
        "plots",
        "progress",
        "seeds",
        "tables",
    ),
    ("networks",),
    ("objectives", "param", "transforms"),
    ("attribution", "rendering"),
    ("explanation", "metrics", "recipes"),
    ("gallery", "scale"),
    ("cli",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
BLIND = {("objectives", "networks"), ("param", "networks"), ("transforms", "networks")}
"""Floor 2 takes arrays and readings, never a network."""


def module_name(path: Path, package: Path) -> str:
    parts = [package.name, *path.relative_to(package).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources(package: Path) -> dict[str, Path]:
    return {module_name(p, package): p for p in sorted(package.rglob("*.py"))}


def imported(path: Path, name: str, modules: dict[str, Path]) -> Iterator[str]:
    """Name every module of the package that a file imports, at whatever depth of the file."""
    root = name.split(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == root)
        elif isinstance(node, ast.ImportFrom):
            here = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
            base = here[: len(here) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            if start.split(".")[0] != root:
                continue
            for alias in node.names:
                inner = f"{start}.{alias.name}"
                if inner in modules:
                    yield inner
                elif alias.name != "__version__":
                    yield start


def room(module: str) -> str:
    """Give the room of a module: its second part; "" for the face itself."""
    return module.split(".")[1] if "." in module else ""


def faults(package: Path) -> list[str]:
    found = []
    modules = sources(package)
    for name, path in modules.items():
        if name == package.name:
            continue  # the face opens every room, lazily
        mine = room(name)
        if mine not in FLOOR:
            found.append(f"{name}: the room {mine!r} stands on no floor")
            continue
        for other in imported(path, name, modules):
            theirs = room(other)
            if theirs == mine:
                continue
            if theirs == "":
                if mine != "cli":
                    found.append(f"{name} imports the face; import the room itself")
            elif theirs not in FLOOR:
                found.append(f"{name} imports {other}, whose room stands on no floor")
            elif FLOOR[theirs] > FLOOR[mine]:
                found.append(f"{name} (floor {FLOOR[mine]}) imports upward: {other}")
            elif FLOOR[theirs] == FLOOR[mine] != 0:
                found.append(f"{name} imports {other}, a room of its own floor")
            elif (mine, theirs) in BLIND:
                found.append(f"{name} imports {other}, but {mine} never takes a network")
    return found


def test_every_import_goes_down():
    assert faults(PACKAGE) == []


def test_there_is_no_circle():
    modules = sources(PACKAGE)
    graph = {
        name: {m for m in imported(path, name, modules) if m in modules and m != name}
        for name, path in modules.items()
        if name != PACKAGE.name
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"images.py": "from pkg.networks import load"}, "imports upward"),
        ({"param/__init__.py": "import pkg.transforms"}, "of its own floor"),
        ({"param/a.py": "def f():\n    from ..networks.load import load"}, "never takes a network"),
        ({"rendering.py": "import pkg"}, "imports the face"),
        ({"misc.py": ""}, "stands on no floor"),
        ({"cli/a.py": "import pkg\nfrom pkg import images"}, None),
        ({"attribution/a.py": "from . import b\nfrom pkg.objectives import c"}, None),
        ({"images.py": "from pkg import arrays, __version__"}, None),
    ],
)
def test_the_reader_sees_faults(tmp_path, files, fault):
    package = tmp_path / "pkg"
    every = {
        "__init__.py": "",
        "arrays.py": "",
        "images.py": "",
        "networks/__init__.py": "",
        "networks/load.py": "",
        "objectives/__init__.py": "",
        "param/__init__.py": "",
        "transforms/__init__.py": "",
        "attribution/__init__.py": "",
        "attribution/b.py": "",
        **files,
    }
    for name, text in every.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    found = faults(package)
    assert (found == []) if fault is None else (len(found) == 1 and fault in found[0]), found
