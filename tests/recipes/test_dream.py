"""Dreams: the layer sees more, the photo stays, and a network of one size sees tiles."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images, seeds
from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import dream
from attrvis.recipes.tiles import Tiles
from tests import toys

CAT = images.bundled("chelsea")


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


@pytest.fixture(scope="module")
def dreamt(net):
    return dream(net, CAT, "mixed3b", size=96, octaves=2, steps=16)


def excitement(net, picture: np.ndarray, layer: str = "mixed3b") -> float:
    trunk = net.trunk([layer], picture.shape[:2])
    return float(tf.reduce_mean(trunk(tf.constant(picture[None]))[layer] ** 2))


def test_the_layer_sees_more_and_the_photo_is_still_there(net, dreamt):
    photo, picture = dreamt.values["photo"], dreamt.parts["dream"]
    assert excitement(net, picture) > 1.1 * excitement(net, photo)
    assert np.corrcoef(photo.ravel(), picture.ravel())[0, 1] > 0.8
    assert np.abs(photo - picture).max() > 0.05


def test_it_goes_from_small_to_large(dreamt):
    assert [octave["size"] for octave in dreamt.facts["octaves"]] == [[69, 69], [96, 96]]
    for octave in dreamt.facts["octaves"]:
        first, last = octave["objective"]
        assert last > first


def test_the_photo_keeps_its_details(net):
    """One step at a small octave, none to speak of at the large one: what was fine stays fine."""
    plate = dream(net, CAT, "mixed3b", size=96, octaves=2, scale=4.0, steps=2, rate=1e-6)
    np.testing.assert_allclose(plate.parts["dream"], plate.values["photo"], atol=2e-3)


def test_any_objective_and_a_default_layer(net):
    assert (
        dream(net, CAT, "mixed4a:3", size=64, octaves=1, steps=1).facts["objective"] == "mixed4a:3"
    )
    assert dream(net, CAT, size=64, octaves=1, steps=1).facts["objective"] == "mixed4c"


def test_the_size_is_the_photos_own_up_to_a_limit(net):
    photo = toys.noise(20, 30, 3)
    assert dream(net, photo, "conv1", octaves=1, steps=1).parts["dream"].shape == (20, 30, 3)
    assert dream(net, CAT, "conv1", octaves=1, steps=1).parts["dream"].shape == (146, 146, 3)


def fixed_network():
    """Make a network whose layer can be computed at 8x8 pixels alone."""

    def build(x):
        flat = tf.reshape(x, [-1, 192])
        middle = tf.nn.relu(tf.reshape(flat, [-1, 8, 8, 3]) - 0.3, name="middle")
        return tf.identity(tf.reduce_mean(middle, [1, 2]), name="scores")

    return toys.network(build, 8, 8)


def test_a_network_of_one_size_sees_tiles():
    photo = np.clip(toys.noise(20, 12, 3), 0.2, 0.8)
    plate = dream(fixed_network(), photo, "middle", octaves=1, size=(20, 12), steps=8, rate=0.05)
    assert "Tiles" in plate.facts["settings"]["transforms"]
    before, after = (np.maximum(plate.values["photo"] - 0.3, 0), plate.parts["dream"] - 0.3)
    more = np.maximum(after, 0) ** 2 - before**2
    corners = [more[:10, :6], more[:10, 6:], more[10:, :6], more[10:, 6:]]
    assert min(corner.mean() for corner in corners) > 0.002


def test_tiles_hold_every_pixel_once_when_they_fit():
    picture = tf.reshape(tf.range(24.0), [1, 4, 6, 1])
    tiles = Tiles.covering((4, 6), (2, 3))
    seen = tiles(picture, seeds.image_keys(3), 5)
    assert seen.shape == (4, 2, 3, 1) and tiles.copies == 4
    assert sorted(np.ravel(seen)) == list(range(24))
    for window in seen.numpy()[..., 0]:
        assert np.array_equal((window - window[0, 0]) % 6, [[0, 1, 2], [0, 1, 2]])
        assert np.array_equal(np.diff(window, axis=0) % 24, [[6, 6, 6]])
    other = tiles(picture, seeds.image_keys(3), 6)
    assert not np.array_equal(seen, other)


def test_tiles_are_windows_of_the_torus():
    picture = tf.constant(toys.noise(1, 5, 7, 2))
    (seen,) = Tiles((5, 7))(picture, seeds.image_keys(1), 2).numpy()
    rolls = [np.roll(picture[0], (i, j), (0, 1)) for i in range(5) for j in range(7)]
    assert sum(np.array_equal(seen, rolled) for rolled in rolls) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"octaves": 0}, "octave"),
        ({"scale": 1.0}, "octave"),
        ({"steps": 1, "octaves": 3}, "as many steps"),
        ({"size": 0}, "at least 1"),
        ({"size": (1, 2, 3)}, "height, width"),
    ],
)
def test_bad_numbers_are_refused(net, given, says):
    with pytest.raises(BadValue, match=says):
        dream(net, CAT, "mixed3b", **given)


def test_an_unknown_layer_is_refused(net):
    with pytest.raises(UnknownName, match="mixed3b"):
        dream(net, CAT, "mixed3z", size=64)
    with pytest.raises(BadValue, match="at least 1"):
        Tiles((0, 4))
