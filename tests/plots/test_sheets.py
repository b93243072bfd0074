"""Sheets: panels of every shape, captions that wrap, scales that are printed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrvis.errors import BadValue
from attrvis.images import encode_png
from attrvis.plots import Range, colourbar, diverging, heatmap, sheet
from attrvis.plots.text import drawable, number, width, wrap

GREY = np.full((64, 64, 3), 0.5)


def test_panels_stand_side_by_side_on_white() -> None:
    made = sheet([(GREY, "one"), (GREY * 0, "two")], size=100)
    assert made[[0, -1]].min() == 1 and made[:, [0, -1]].min() == 1
    assert (made[24 + 50, 24 + 50] == 0.5).all() or np.allclose(made[74, 74], 0.5, atol=0.01)
    assert made[74, 24 + 100 + 20 + 50].max() == 0
    assert made[74, 24 + 100 + 10].min() == 1
    below = made[24 + 100 + 1 : -24]
    assert below[:, :130].min() < 0.3 and below[:, 144:].min() < 0.3  # captions are there


def test_four_panels_are_legible_and_of_a_paper_s_size() -> None:
    made = sheet([(GREY, "a")] * 4)
    assert made.shape[1] == 2 * 24 + 4 * 320 + 3 * 20
    assert encode_png(made) == encode_png(sheet([(GREY, "a")] * 4))


def test_columns_break_rows() -> None:
    one = sheet([(GREY, "a")], size=100)
    six = sheet([(GREY, "a")] * 6, size=100, columns=3)
    assert six.shape[1] == one.shape[1] + 2 * (100 + 20)
    assert six.shape[0] > 2 * one.shape[0] - 100
    assert sheet([(GREY, "a")] * 5, size=100, columns=3).shape == six.shape


def test_small_pictures_grow_by_whole_cells_and_large_ones_shrink() -> None:
    checker = np.indices((4, 4)).sum(0) % 2 * 1.0
    made = sheet([(checker, "")], size=160)[24:184, 24:184]
    assert set(np.unique(made[1:-1, 1:-1])) == {0, 1}
    assert (made[2:38, 42:78] == 1).all() and (made[2:38, 2:38] == 0).all()
    large = sheet([(np.random.default_rng(0).random((900, 700)), "")], size=100)
    assert large[24:124].shape[0] == 100 and abs(large[60:90, 40:80].mean() - 0.5) < 0.1


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (14, 14, 1), (9, 9, 3), (9, 9, 4)])
def test_pictures_of_any_shape(shape: tuple[int, ...]) -> None:
    made = sheet([(np.full(shape, 0.25), "caption"), (GREY, "x")], size=120)
    assert np.isfinite(made).all() and made.shape[1] <= 2 * 24 + 210 + 120 + 20


def test_transparent_pictures_lie_on_the_fixed_grey() -> None:
    made = sheet([(np.zeros((8, 8, 4)), "")], size=80)
    np.testing.assert_allclose(made[64, 64], 0.55, atol=0.003)


def test_colour_bar_has_the_colours_and_the_numbers() -> None:
    bar = colourbar(0.5, 200)
    np.testing.assert_allclose(bar[5, 50], diverging(np.array(-0.4975)), atol=0.01)
    np.testing.assert_allclose(bar[5, 150], diverging(np.array(0.5075)), atol=0.01)
    assert bar[14:, :60].min() < 0.6 and bar[14:, 140:].min() < 0.6
    assert not np.array_equal(colourbar(0.5, 200), colourbar(0.6, 200))
    one = colourbar(Range(9.0, 10.5), 200)
    np.testing.assert_allclose(one[5, 10], diverging(np.array(10 / 199)), atol=0.01)
    np.testing.assert_allclose(one[5, 150], diverging(np.array(150 / 199)), atol=0.01)
    assert one[14:, :30].min() < 0.6 and one[14:, 150:].min() < 0.6
    assert one[14:, 60:140].min() == 1  # no zero in the middle
    with_bar = sheet([(heatmap(np.eye(3)), "map", 1.0)], size=100)
    assert with_bar.shape[0] > sheet([(heatmap(np.eye(3)), "map", None)], size=100).shape[0]
    for scale, across in ((0.0, 100), (-1.0, 100), (float("nan"), 100), (1.0, 10)):
        with pytest.raises(BadValue):
            colourbar(scale, across)


def test_numbers_are_brief() -> None:
    written = [number(v) for v in (0.0123456, -3.0, 123456.0, 1e-7, 0.0)]
    assert written == ["0.0123", "\u22123", "1.23e5", "1e\u22127", "0"]


def test_captions_wrap_and_long_words_break() -> None:
    assert wrap("", 14, 100) == [] and wrap("\n\n", 14, 100) == []
    assert wrap("a\nb", 14, 100) == ["a", "b"]
    long = "word " * 30 + "x" * 200
    lines = wrap(long, 14, 120)
    assert all(width(line, 14) <= 120 for line in lines)
    assert "".join(lines).replace(" ", "") == long.replace(" ", "")


@given(st.text(max_size=60), st.integers(8, 400))
def test_any_text_wraps(text: str, limit: int) -> None:
    for line in wrap(text, 14, limit):
        assert len(line) == 1 or width(line, 14) <= limit
        assert line.isprintable()


def test_letters_that_the_font_lacks_are_replaced() -> None:
    assert (
        drawable("caf\u00e9 224 \u00d7 224 \u2212 “tabby” 漢 \x1b")
        == "cafe 224 x 224 - “tabby” ? ?"
    )
    made = sheet([(GREY, "漢字 \x1b[31m <script>\nrest")], size=100, title="t\u0000itle")
    assert np.isfinite(made).all()


def test_wrong_input_is_named() -> None:
    for call in (
        lambda: sheet([]),
        lambda: sheet([(GREY, "a")], size=5),
        lambda: sheet([(GREY, "a")], columns=0),
        lambda: sheet([(np.zeros((4, 4, 2)), "a")]),
        lambda: sheet([(np.zeros((0, 4)), "a")]),
        lambda: sheet([(GREY * np.nan, "a")]),
        lambda: sheet([(GREY * 9, "a")]),
    ):
        with pytest.raises(BadValue):
            call()


def test_long_words_are_broken_at_their_joints() -> None:
    lines = wrap("smooth-grad-squared", 17, int(width("smooth-grad-sq", 17)))
    assert lines == ["smooth-grad-", "squared"]
    assert wrap("mixed/convolution", 17, int(width("mixed/convo", 17)))[0] == "mixed/"
    assert "".join(wrap("abcdefghij" * 3, 17, 60)) == "abcdefghij" * 3
