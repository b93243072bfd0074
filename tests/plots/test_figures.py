"""Pictures with captions as HTML and as matplotlib figures."""

from __future__ import annotations

import base64
import io
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from attrvis import plots
from attrvis.errors import BadValue, OutputError
from attrvis.plots import figures

GREY = np.full((4, 6), 0.5, np.float32)


class Reader(HTMLParser):
    """Reads tags that nest and close, and nothing else."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "img":
            self.images.append(dict(attrs))
        elif tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def pixels(address: str) -> np.ndarray:
    head, _, body = address.partition(";base64,")
    assert head == "data:image/png"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body, validate=True))))


def test_captions_are_text_and_pictures_are_the_pictures():
    coloured = np.zeros((2, 4, 3), np.uint8)
    coloured[:, :2] = [255, 0, 10]
    hostile = '<script>alert("x")</script>\n\'"&amp; \x1b[0m'
    made = Reader(plots.figure_html([coloured, GREY], [hostile, "plain"], size=40, note="a<b"))
    assert made.tags == {"div", "figure", "img", "figcaption", "br", "small"}
    assert '<script>alert("x")</script>' in made.texts and "a<b" in made.texts
    assert "'\"&amp; \ufffd[0m" in made.texts
    assert made.images[0]["alt"] == '<script>alert("x")</script> \'"&amp; \ufffd[0m'
    shown = pixels(made.images[0]["src"])
    assert shown.shape == (20, 40, 3) and (shown[:, :20] == [255, 0, 10]).all()
    assert (shown[:, 20:] == 0).all()
    assert (pixels(made.images[1]["src"]) == 128).all()


@pytest.mark.parametrize(
    ("shape", "shown"),
    [((500, 250), (100, 50)), ((1, 1), (100, 100)), ((1, 300), (12, 100)), ((90, 100), (90, 100))],
)
def test_sizes(shape, shown):
    made = Reader(plots.figure_html([np.zeros(shape)], [""], size=100))
    assert pixels(made.images[0]["src"]).shape == shown
    assert (made.images[0]["height"], made.images[0]["width"]) == tuple(map(str, shown))


def test_coarse_pictures_keep_their_cells_and_transparency():
    rgba = np.zeros((2, 2, 4), np.float32)
    rgba[0, 0] = [1, 0, 0, 1]
    shown = pixels(Reader(plots.figure_html([rgba], ["x"], size=32)).images[0]["src"])
    assert shown.shape == (32, 32, 4)
    assert np.unique(shown.reshape(-1, 4), axis=0).tolist() == [[0, 0, 0, 0], [255, 0, 0, 255]]


def test_pictures_are_not_changed_and_html_is_the_same_every_time():
    image = np.random.default_rng(0).uniform(size=(20, 30, 3)).astype(np.float32)
    before = image.copy()
    assert plots.figure_html([image], ["a"]) == plots.figure_html([image], ["a"])
    np.testing.assert_array_equal(image, before)


def test_a_figure_shows_every_panel_its_caption_and_its_scale():
    panels = [(GREY, "one $5 \\frac{"), (np.zeros((4, 4, 3)), "two\nsmall", 0.25), (GREY, "three")]
    known = "matplotlib.pyplot" in sys.modules
    made = plots.figure(panels, columns=2, title="100 $ of all $")
    drawn = [axes for axes in made.axes if axes.images]
    assert [axes.get_title(loc="left") for axes in drawn] == [
        "one $5 \\frac{",
        "two\nsmall",
        "three",
    ]
    assert (np.asarray(drawn[0].images[0].get_array()) == 128).all()
    bars = [axes for axes in made.axes if axes.get_label() == "<colorbar>"]
    assert [text.get_text() for text in bars[0].get_xticklabels()] == ["\u22120.25", "0", "+0.25"]
    assert len(bars) == 1 and made._repr_png_()[:4] == b"\x89PNG"
    assert ("matplotlib.pyplot" in sys.modules) == known


def test_the_bar_has_the_colours_of_the_maps():
    made = plots.figure([(GREY, "", 2.0)])
    bar = next(axes for axes in made.axes if axes.get_label() == "<colorbar>")
    colours = bar._colorbar
    for value in (-2.0, -1.0, 0.0, 0.5, 2.0):
        wanted = plots.diverging(np.array(value / 2))
        np.testing.assert_allclose(colours.cmap(colours.norm(value))[:3], wanted, atol=0.02)


def test_the_bar_of_one_sign_begins_where_the_map_does():
    made = plots.figure([(GREY, "", plots.Range(9.0, 11.0))])
    bar = next(axes for axes in made.axes if axes.get_label() == "<colorbar>")
    assert [text.get_text() for text in bar.get_xticklabels()] == ["+9", "+11"]
    for value, share in ((9.0, 0.0), (10.0, 0.5), (11.0, 1.0)):
        found = bar._colorbar.cmap(bar._colorbar.norm(value))[:3]
        np.testing.assert_allclose(found, plots.diverging(np.array(share)), atol=0.02)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    figures._figure_class.cache_clear()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(OutputError, match=re.escape("pip install 'attrvis[plots]'")):
        plots.figure([(GREY, "")])
    figures._figure_class.cache_clear()


@pytest.mark.parametrize(
    "make",
    [
        lambda: plots.figure_html([GREY], []),
        lambda: plots.figure_html([GREY], ["a"], size=0),
        lambda: plots.figure_html([np.zeros((2, 2, 5))], ["a"]),
        lambda: plots.figure_html([np.zeros((0, 2))], ["a"]),
        lambda: plots.figure_html([np.full((2, 2), np.nan)], ["a"]),
        lambda: plots.figure_html([np.full((2, 2), 3.0)], ["a"]),
        lambda: plots.figure([]),
        lambda: plots.figure([(GREY, "")], columns=0),
        lambda: plots.figure([(np.zeros((2, 2, 2, 3)), "")]),
    ],
)
def test_bad_input(make):
    with pytest.raises(BadValue):
        make()
