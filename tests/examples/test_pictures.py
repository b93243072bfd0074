"""The examples that make pictures of photos and units, run in process, small."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from examples import cppn, dream, maco, regularization, style, texture, tutorial


@pytest.fixture
def out(tmp_path):
    return tmp_path / "made"


def test_dream(out, capsys):
    plate = dream.main(["--size", "64", "--steps", "6", "--layer", "mixed3a", "--out", str(out)])
    assert "mixed3a from" in capsys.readouterr().out
    assert all(last > first for first, last in (o["objective"] for o in plate.facts["octaves"]))
    with Image.open(out / "dream.png") as picture:
        assert picture.size == (64, 64)


def test_style(out, capsys):
    plate = style.main(["--size", "48", "--steps", "6", "--out", str(out)])
    assert "style of input, conv1" in capsys.readouterr().out
    first, last = plate.facts["gaps"]["objective"]
    assert last > first and (out / "painted.png").is_file()


def test_texture(out, capsys):
    plate = texture.main(["--size", "48", "--steps", "6", "--out", str(out)])
    assert "away from the style" in capsys.readouterr().out
    first, last = plate.facts["gaps"]["objective"]
    assert last > first and (out / "texture.png").is_file()


def test_cppn(out, capsys):
    plate = cppn.main(["mixed3a:4", "--steps", "6", "--resolution", "96", "--out", str(out)])
    assert "96 x 96 pixels" in capsys.readouterr().out
    assert np.ptp(plate.parts["pattern-0"]) > 0.005
    assert plate.parts["pattern-0"].shape == (96, 96, 3)


def test_maco(out, capsys):
    plate = maco.main(["mixed3a:4", "--size", "72", "--steps", "6", "--out", str(out)])
    assert "of the picture is opaque" in capsys.readouterr().out
    assert 0.2 < plate.parts["maco-0"][..., 3].mean() < 1


def test_tutorial(tmp_path, capsys):
    out = tmp_path / "tutorial.png"
    drawn = tutorial.main(["mixed3b:17", "0 - mixed3b:17", "--steps", "6", "--out", str(out)])
    assert "mixed3b:17: " in capsys.readouterr().out
    rises = drawn.history["objective"][-1] - drawn.history["objective"][0]
    assert (rises > 0).all() and out.is_file()


def test_regularization(tmp_path):
    out = tmp_path / "regularization.png"
    drawn = regularization.main(["mixed3a:4", "--steps", "8", "--out", str(out)])

    def roughness(way):
        picture = drawn[way].images[0]
        return np.abs(np.diff(picture, axis=0)).mean() / picture.std()

    assert roughness("both") < 0.85 * roughness("bare pixels")
    assert roughness("smoother") < roughness("bare pixels") and out.is_file()
