"""A public name appears and disappears only on purpose: `python -m tests.test_api_surface`."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

RECORD = Path(__file__).with_name("api_surface.json")


def surface() -> dict[str, list[str]]:
    """List the public names of the face and of every room."""
    import attrvis

    found = {"attrvis": sorted(attrvis.__all__)}
    for room in attrvis._ROOMS:
        module = importlib.import_module(f"attrvis.{room}")
        found[module.__name__] = sorted(getattr(module, "__all__", None) or defined(module))
    return found


def defined(module) -> list[str]:
    """List the public names that a module defines itself."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def missing(names: dict[str, list[str]], among: dict[str, list[str]]) -> dict[str, list[str]]:
    absent = {room: sorted(set(n) - set(among.get(room, ()))) for room, n in names.items()}
    return {room: n for room, n in absent.items() if n}


def test_the_public_names_are_those_recorded():
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    now = surface()
    gone = {r: sorted(set(names) - set(now.get(r, ()))) for r, names in recorded.items()}
    new = {r: sorted(set(names) - set(recorded.get(r, ()))) for r, names in now.items()}
    changes = {
        "gone": {r: n for r, n in gone.items() if n},
        "new": {r: n for r, n in new.items() if n},
    }
    assert changes == {"gone": {}, "new": {}}, "record it: python -m tests.test_api_surface"


def test_every_public_name_can_be_had():
    for room, names in surface().items():
        module = importlib.import_module(room)
        assert [name for name in names if not hasattr(module, name)] == [], room


if __name__ == "__main__":
    RECORD.write_text(json.dumps(surface(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
