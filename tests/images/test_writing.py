"""Pictures to bytes: rounding, transparency, notes, and the same bytes every time."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from attrvis.errors import BadValue, OutputError
from attrvis.images import composite, encode_png, read, to_uint8, write_png


def test_rounding() -> None:
    values = np.arange(256) / 255
    np.testing.assert_array_equal(to_uint8(values), np.arange(256))
    np.testing.assert_array_equal(to_uint8(values.astype(np.float32)), np.arange(256))
    np.testing.assert_array_equal(to_uint8(np.array([-0.0005, 1.0005])), [0, 255])
    np.testing.assert_array_equal(to_uint8(np.array([True, False])), [255, 0])
    np.testing.assert_array_equal(to_uint8(np.array([7], np.uint8)), [7])


@given(st.floats(0, 1))
def test_rounding_is_to_the_nearest(value: float) -> None:
    assert abs(float(to_uint8(np.array(value))) - value * 255) <= 0.5001


def test_values_that_are_no_picture() -> None:
    for bad in (np.nan, np.inf, 2.0, -0.5):
        with pytest.raises(BadValue):
            to_uint8(np.array([bad]))
    with pytest.raises(BadValue, match="int64"):
        to_uint8(np.array([3]))
    for shape in ((3,), (2, 2, 2), (2, 2, 5), (0, 2), (1, 2, 2, 3)):
        with pytest.raises(BadValue, match=r"\[h, w\]"):
            encode_png(np.zeros(shape))


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3), (5, 7, 4)])
def test_png_round_trip(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    write_png(tmp_path / "a.png", values / 255, {"b": "note é 漢", "a": "x" * 3000})
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture).reshape(shape), values)
        assert picture.text == {"a": "x" * 3000, "b": "note é 漢"}
    buffer = io.BytesIO()
    write_png(buffer, values / 255, {"a": "x" * 3000, "b": "note é 漢"})
    assert buffer.getvalue() == (tmp_path / "a.png").read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_wrong_notes_and_places(tmp_path: Path) -> None:
    for key in ("", "x" * 80, "a\nb", "漢"):
        with pytest.raises(BadValue, match="key"):
            encode_png(np.zeros((2, 2)), {key: "x"})
    assert encode_png(np.zeros((2, 2)), {"a": "nul\0inside"})
    for place in (tmp_path, tmp_path / "none" / "a.png", Path("/proc/none.png")):
        with pytest.raises(OutputError):
            write_png(place, np.zeros((2, 2)))
    assert not list(tmp_path.iterdir())


def test_composite() -> None:
    rgba = np.zeros((1, 3, 4))
    rgba[0, :, 3] = [0, 0.5, 1]
    rgba[0, :, 0] = 1
    np.testing.assert_allclose(composite(rgba)[0, :, 0], [0.55, 0.775, 1], atol=1e-6)
    np.testing.assert_allclose(composite(rgba)[0, :, 1], [0.55, 0.275, 0], atol=1e-6)
    np.testing.assert_allclose(composite(rgba, np.array([1, 0, 0]))[0, 0], [1, 0, 0])
    ground = np.random.default_rng(0).random((1, 3, 3))
    np.testing.assert_allclose(composite(rgba, ground)[0, 0], ground[0, 0], atol=1e-6)
    assert composite(rgba).dtype == np.float32
    for bad, back in (
        (rgba[..., :3], 0.5),
        (rgba, 2.0),
        (rgba, np.zeros((2, 2, 3))),
        (rgba * 3, 0.5),
        (rgba * np.nan, 0.5),
    ):
        with pytest.raises(BadValue):
            composite(bad, back)


def test_written_transparency_reads_back_on_white(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.dstack([np.zeros((2, 2, 3)), np.full((2, 2), 0.2)]))
    np.testing.assert_allclose(read(tmp_path / "a.png"), 0.8, atol=1e-6)
