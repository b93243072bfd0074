"""The examples on surfaces, endless patterns, other inputs, and what speaks for a class."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from attrvis import load as embedded
from attrvis import seeds
from examples import (
    any_number_of_channels,
    attribution_grid,
    globe,
    infinite_pattern,
    negative_neurons,
    style_3d,
    texture_3d,
)
from examples.sphere import Views, looked_up, sphere, view


@pytest.fixture
def out(tmp_path):
    return tmp_path / "made.png"


def gain(drawn):
    """How much the objective rose, counted in means of some steps, as views differ."""
    values = drawn.history["objective"][:, 0]
    return values[-4:].mean() - values[:4].mean()


def test_the_middle_of_the_sphere_faces_the_eye():
    normals, seen = sphere(33)
    np.testing.assert_allclose(normals[16, 16], [0, 0, 1], atol=1e-6)
    assert 0.6 < seen.mean() < 0.7  # a disc of 0.92 of the width
    turned = looked_up(normals, tf.constant([0.0, np.pi / 2]), tf.constant([0.0, 0.0])).numpy()
    np.testing.assert_allclose(turned[0, 16, 16], [0, 0.5], atol=1e-6)
    np.testing.assert_allclose(turned[1, 16, 16], [0.25, 0.5], atol=1e-6)
    # To the right of the middle lies the east, above it the north.
    assert turned[0, 16, 20, 0] > 0.02 and turned[0, 12, 16, 1] < 0.48
    assert np.isfinite(turned).all()


def test_views_differ_by_key_and_step_alone():
    views = Views(9, count=2)
    textures = tf.random.stateless_uniform([2, 8, 16, 3], [1, 2])
    keys = seeds.image_keys(0, 2)
    made = views(textures, keys, 3).numpy()
    assert made.shape == (4, 9, 9, 3)
    np.testing.assert_allclose(views(textures[1:], keys[1:], 3).numpy(), made[2:], atol=1e-6)
    assert np.abs(views(textures, keys, 4).numpy() - made).max() > 0.1
    assert np.abs(made[0] - made[1]).max() > 0.1
    np.testing.assert_array_equal(made[:, 0, 0], 0.5)


def test_a_view_is_lit_from_the_upper_left():
    shown = view(np.full((8, 16, 3), 0.8, np.float32), 1.0, side=32)
    assert shown[10, 10].mean() > 1.3 * shown[22, 22].mean()


def test_globe(out):
    drawn = globe.main(["mixed3b:17", "--size", "48", "--steps", "24", "--out", str(out)])
    assert gain(drawn) > 0.5 and drawn.images.shape == (1, 48, 48, 3)
    with Image.open(out) as picture:
        assert picture.getpixel((0, 0))[:3] == (255, 255, 255)


def test_texture_3d(out):
    drawn = texture_3d.main(["mixed3b:17", "--side", "32", "--steps", "24", "--out", str(out)])
    assert gain(drawn) > 0.5 and drawn.images.shape == (1, 64, 128, 3) and out.is_file()
    # Every side of it was seen: no part is left as flat as it began.
    blocks = drawn.images[0, 16:48].reshape(32, 4, 32, 3).std(axis=(0, 2, 3))
    assert blocks.min() > 0.5 * blocks.max()


def test_style_3d(out):
    drawn = style_3d.main(["--side", "48", "--steps", "24", "--out", str(out)])
    assert gain(drawn) > 0.12 and out.is_file()


def test_infinite_pattern(out, capsys):
    words = ["--size", "32", "--resolution", "80", "--steps", "24", "--out", str(out)]
    drawn = infinite_pattern.main(words)
    assert gain(drawn) > 0.1 and "away from the style" in capsys.readouterr().out
    with Image.open(out) as picture:
        assert picture.size == (80, 80)
        small = np.asarray(picture.resize((32, 32), Image.Resampling.BOX), np.float32) / 255
    assert np.abs(small - drawn.images[0]).mean() < 0.02


def test_negative_neurons(tmp_path):
    words = ["--layer", "mixed3a", "--units", "4", "--steps", "8", "--out", str(tmp_path / "made")]
    plate = negative_neurons.main(words)
    assert len(plate.parts) == 2 and (tmp_path / "made" / "picture.png").is_file()
    excited, silenced = plate.parts.values()
    both = tf.constant(np.stack([excited[..., :3], silenced[..., :3]]), tf.float32)
    high, low = embedded().run(both, read=["mixed3a"])["mixed3a"].numpy()[..., 4].mean(axis=(1, 2))
    assert high > 2 * max(low, 0.1)


def test_any_number_of_channels(out):
    drawn = any_number_of_channels.main(["--steps", "48", "--out", str(out)])
    shapes = {"grey": (64, 64, 1), "seven bands": (64, 64, 7), "sound": (64, 1)}
    assert {name: one.images.shape[1:] for name, one in drawn.items()} == shapes
    for one in drawn.values():
        values = one.images[0, ..., -1]
        spectrum = np.abs(np.fft.rfft(values - values.mean(axis=-1, keepdims=True), axis=-1))
        found = spectrum.reshape(-1, 33).mean(axis=0).argmax()
        assert abs(found - 64 // 8) <= 2, "a wave of eight pixels was looked for"
    bands = drawn["seven bands"].images[0].std(axis=(0, 1))
    assert bands[-1] > 3 * bands[:-1].max() and out.is_file()


def test_attribution_grid(out, capsys):
    found = attribution_grid.main(["--steps", "2", "--out", str(out)])
    assert "espresso rather than" in capsys.readouterr().out and out.is_file()
    sums = found.channels()[0]
    assert sums.max() > 0 > sums.min()
    assert found.layer == "mixed4c" or found.layer.endswith("mixed4c")
