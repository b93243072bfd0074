"""An attribution as pictures: maps of any size, overlays, a figure, and HTML in notebooks."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from PIL import Image

import attrvis
from attrvis import images, plots
from attrvis.attribution import Attribution
from attrvis.errors import BadValue, ImageError
from tests import toys

RNG = np.random.default_rng(3)
VALUES = RNG.normal(size=(2, 2, 3, 4)).astype(np.float32)
PHOTOS = RNG.uniform(size=(2, 8, 12, 3)).astype(np.float32)


def result(values=VALUES, photos=PHOTOS, **more) -> Attribution:
    given = {"target": "logit:1", "layer": "stem", "baseline": None, "change": None, "method": "m"}
    return Attribution(np.asarray(values, np.float32), photos=photos, **{**given, **more})


def sources(html: str) -> list[str]:
    return re.findall(r'src="([^"]+)"', html)


def test_maps_are_brought_to_a_size():
    made = result()
    np.testing.assert_array_equal(made.heatmap(), VALUES.sum(-1))
    assert made.heatmap((8, 12)).shape == (2, 8, 12) and made.heatmap(5).shape == (2, 5, 5)
    line = result([[[[0.0], [1.0]]]], None)
    assert line.heatmap((1, 4)).tolist() == [[[0, 0.25, 0.75, 1]]]
    assert line.heatmap((2, 4), "nearest").tolist() == [[[0, 0, 1, 1], [0, 0, 1, 1]]]
    positive = result([[[[-1.0], [1.0]]]], None, positive=True)
    assert positive.heatmap((1, 4)).tolist() == [[[0, 0.25, 0.75, 1]]]


def test_an_overlay_is_the_maps_over_the_photos():
    made = result()
    maps = made.heatmap()
    drawn = made.overlay()
    assert drawn.dtype == np.float32 and drawn.shape == PHOTOS.shape
    for i in range(2):
        np.testing.assert_array_equal(drawn[i], plots.overlay(PHOTOS[i], maps[i]))
    np.testing.assert_array_equal(
        made.overlay(scale=9.0, strength=0.3)[1],
        plots.overlay(PHOTOS[1], maps[1], 9.0, strength=0.3),
    )


def test_an_overlay_takes_photos_of_any_form(tmp_path):
    made = result(photos=None)
    one = np.round(PHOTOS[0] * 255).astype(np.uint8)
    images.write_png(tmp_path / "a.png", one)
    wanted = made.overlay([one, one])
    assert np.ptp(wanted) > 0.1
    for given in (one, one / np.float32(255), tmp_path / "a.png", Image.fromarray(one)):
        np.testing.assert_allclose(made.overlay(given), wanted, atol=1e-6)


def test_in_the_photo_as_given_the_map_covers_what_the_network_saw():
    photo = RNG.uniform(size=(40, 100, 3)).astype(np.float32)
    seen, frame = images.fit(photo, (20, 20), "crop")
    made = result(np.ones((1, 5, 5, 2)), seen[None], frames=(frame,))
    drawn = made.overlay(photo)[0]
    pale = plots.overlay(photo, np.zeros((1, 1)))
    assert drawn.shape == photo.shape
    left = int(frame.box[1])
    np.testing.assert_array_equal(drawn[:, : left - 1], pale[:, : left - 1])
    assert np.abs(drawn - pale)[10:30, left + 2 : 60].max(-1).min() > 0.1
    # Without the way back the map lies over the whole photo.
    without = dataclasses.replace(made, frames=()).overlay(photo)[0]
    assert np.abs(without - pale)[:, 0].max(-1).min() > 0.1


@pytest.mark.parametrize("channels", [1, 5])
def test_photos_of_other_channels_are_shown(channels):
    made = result(photos=np.repeat(PHOTOS[..., :1], channels, axis=-1))
    np.testing.assert_allclose(
        made.overlay(), result(photos=np.repeat(PHOTOS[..., :1], 3, -1)).overlay(), atol=1e-6
    )


def test_a_photo_with_transparency_lies_on_white():
    made = result()
    clear = np.concatenate([PHOTOS, np.full_like(PHOTOS[..., :1], 0.25)], axis=-1)
    on_white = 0.25 * PHOTOS + 0.75
    np.testing.assert_allclose(made.overlay(clear), made.overlay(on_white), atol=1e-6)
    # A network of four channels has its own meaning for the fourth.
    own = result(photos=clear)
    assert np.abs(own.overlay() - made.overlay(clear)).max() > 0.05
    np.testing.assert_array_equal(own.overlay(clear), own.overlay())


def test_html_has_photo_map_target_status_and_gap():
    change = VALUES.sum((1, 2, 3)) + np.array([0.0, 1.0])
    made = result(targets=("tabby", "<b>lynx"), change=change, seconds=1.5)
    made = dataclasses.replace(made, status="incomplete", evaluations=7, forwards=2)
    html = made._repr_html_()
    assert html.count("<figure") == 4 == len(sources(html))
    assert "tabby" in html and "&lt;b&gt;lynx" in html and "<b>" not in html
    assert html.count("incomplete, gap") == 4  # the caption and the text of the picture
    assert "gap 0.00%" in html and f"gap {made.relative_gap[1]:.2%}" in html
    assert "m at stem<br><small>gradients: 7, forward passes: 2, 1.5 s" in html
    assert f"colours {plots.range_of(made.heatmap()[1])}" in html
    assert len(html) < 60_000 and "http" not in html and "<script" not in html


def test_a_map_of_one_sign_says_between_what_its_colours_run():
    made = result(np.abs(VALUES) + 5)
    low, high = plots.range_of(made.heatmap()[0]).ends()
    assert f"colours from {low} to {high}" in made._repr_html_()
    bar = next(a for a in made.plot().axes if a.get_label() == "<colorbar>")
    assert [t.get_text() for t in bar.get_xticklabels()] == [low, high]
    assert np.ptp(made.overlay(), axis=-1).max(axis=(1, 2)).min() > 0.2
    assert np.ptp(made.overlay(), axis=-1).min(axis=(1, 2)).max() < 0.05


def test_a_large_batch_is_cut():
    values = np.repeat(VALUES[:1], 11, axis=0)
    html = result(values, np.repeat(PHOTOS[:1], 11, axis=0))._repr_html_()
    assert html.count("<figure") == 16 and "3 more images" in html


NAN = np.where(np.arange(24).reshape(1, 2, 3, 4) == 5, np.nan, 1.0)


@pytest.mark.parametrize(
    ("values", "photos"),
    [
        (np.zeros((1, 2, 3, 4)), PHOTOS[:1]),
        (np.zeros((1, 2, 3, 4)), None),
        (NAN, PHOTOS[:1]),
        (np.full((1, 2, 2, 1), np.inf), None),
        (np.full((1, 2, 2, 1), 1e-38), PHOTOS[:1]),
        (np.ones((1, 7)), PHOTOS[:1]),
        (np.ones((1, 7)), None),
        (np.ones((1, 9, 2)), None),
        (np.ones((1, 3, 4, 5, 2)), None),
        (np.ones((1, 1, 1, 2)), PHOTOS[:1]),
        (VALUES[:1], PHOTOS[:1] * 255),
        (VALUES[:1], PHOTOS[:1, :, :, :1]),
        (VALUES[:1], PHOTOS[:1, 0]),
    ],
)
@pytest.mark.parametrize("change", [None, np.array([np.inf]), np.array([0.0])])
def test_html_and_figures_never_fail(values, photos, change):
    made = result(values, photos, change=change)
    assert "<figure" in made._repr_html_()
    assert len(made.plot().axes) > 0


def test_a_map_of_zeros_is_the_photo_in_pale_grey():
    drawn = result(np.zeros((2, 2, 3, 4))).overlay()
    assert np.ptp(drawn, axis=-1).max() < 1e-6 and np.isfinite(drawn).all()


def test_a_figure_shows_photos_and_maps_with_their_scale():
    made = result(targets=("tabby", "lynx"))
    axes = made.plot(columns=2).axes
    titles = [a.get_title(loc="left") for a in axes if a.images]
    assert titles == ["Photo", "tabby\nok", "Photo", "lynx\nok"]
    bars = [a for a in axes if a.get_label() == "<colorbar>"]
    low, high = plots.range_of(made.heatmap()[1]).ends()
    assert [t.get_text() for t in bars[1].get_xticklabels()] == [low, "0", high]


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: result(photos=None).overlay(), BadValue, "without photos"),
        (lambda: result().overlay(PHOTOS[:1]), BadValue, "1 photos"),
        (lambda: result().overlay([PHOTOS[0], PHOTOS[0, 1:]]), BadValue, "several sizes"),
        (lambda: result().overlay("gone.png"), ImageError, "gone.png"),
        (lambda: result(np.ones((2, 7))).overlay(), BadValue, "no places"),
        (lambda: result(NAN, PHOTOS[:1]).overlay(), BadValue, "NaN"),
        (lambda: result().heatmap((0, 4)), BadValue, "size"),
        (lambda: result().heatmap(4, "cubic"), BadValue, "filter"),
        (lambda: result(np.ones((1, 3, 4, 5, 2))).heatmap(4), BadValue, "Maps to be enlarged"),
    ],
)
def test_bad_input(act, error, words):
    with pytest.raises(error, match=words):
        act()


def test_by_name_the_photos_are_at_hand(tmp_path):
    net = attrvis.load(toys.keras_model(), preprocess="unit", labels=list("abcde"))
    photo = toys.noise(16, 30, 3, seed=4)
    made = attrvis.attribute(net, photo, "grad-cam", target="c")
    assert made.overlay().shape == (1, 8, 8, 3)
    assert made.overlay(photo).shape == (1, 16, 30, 3)
    assert ">c<" in made._repr_html_()
    made.save(tmp_path / "a.npz")
    np.testing.assert_array_equal(Attribution.load(tmp_path / "a.npz").overlay(), made.overlay())
