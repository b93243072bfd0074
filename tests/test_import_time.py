"""Nothing heavy is imported before it is needed; each case runs in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

HEAVY = ("tensorflow", "keras", "sklearn", "skimage", "scipy", "matplotlib", "tensorflow_hub")
LIGHT_ROOMS = ("errors", "images", "arrays", "folders", "progress", "tables", "plots", "pages")


def heavy_after(code: str) -> list[str]:
    ending = f"\nimport sys; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code + ending], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_the_face_is_light():
    assert heavy_after("import attrvis; dir(attrvis); attrvis.__version__") == []


def test_the_command_line_is_light():
    code = """
import importlib
from attrvis.cli._table import ROWS
for _, where, _ in ROWS:
    importlib.import_module(where.partition(":")[0])
"""
    assert heavy_after(code) == []


def test_rooms_without_tensorflow():
    imports = "; ".join(f"import attrvis.{room}" for room in LIGHT_ROOMS)
    assert not {"tensorflow", "keras", "matplotlib"} & set(heavy_after(imports))


def test_help_answers_in_half_a_second():
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "attrvis.cli", "--help"],
            check=True,
            capture_output=True,
            timeout=60,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        )
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.5


def test_an_unknown_name_is_an_attribute_error():
    import attrvis

    with pytest.raises(AttributeError, match="no attribute 'renders'"):
        attrvis.renders  # noqa: B018
