"""Networks that see one channel, seven, or no image at all."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import recipes
from attrvis.errors import BadValue
from attrvis.optimisers import Adam
from attrvis.param import FourierImage
from attrvis.rendering import Rendering
from attrvis.transforms import Jitter, compose
from tests import toys

FAST = Adam(rate=0.2, end=1.0, schedule="constant")


def bars(channels):
    """Look for vertical bars in the last channel alone."""
    kernel = np.zeros((3, 3, channels, 2), np.float32)
    kernel[:, 1, -1, 0], kernel[:, 0, -1, 0] = 1, -1
    kernel[1, :, -1, 1], kernel[0, :, -1, 1] = 1, -1

    def build(x):
        maps = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME"), name="maps")
        return tf.identity(tf.reduce_mean(maps, [1, 2]), name="scores")

    return toys.network(build, 12, 12, channels, logits="scores")


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_images_of_any_number_of_channels(channels, tmp_path):
    made = attrvis.render(bars(channels), "maps:0", steps=60, optimizer=FAST)
    assert made.images.shape == (1, 12, 12, channels) and made.alpha.shape == (1, 12, 12, 1)
    assert made.values[0] > 4 * made.history["objective"][0, 0]
    across, along = (np.abs(np.diff(made.images[0, 2:-2, 2:-2, -1], axis=a)).mean() for a in (1, 0))
    assert across > 1.8 * along
    made.save(tmp_path / "a.png")
    assert made.sheet().shape[2] == 3 and "<img" in made._repr_html_()


def audio():
    """Look in a signal for one pitch: a convolution with a sine of period 8."""
    sine = np.sin(np.arange(16) * 2 * np.pi / 8).astype(np.float32)[:, None, None]

    def build(x):
        maps = tf.nn.relu(tf.nn.conv1d(x - 0.5, sine, 1, "SAME"), name="maps")
        return tf.identity(tf.concat([tf.reduce_mean(maps, 1)] * 2, 1), name="scores")

    graph = toys.graph_def(build, (None, 128, 1))
    return attrvis.load(graph, preprocess="unit", logits="scores")


def test_a_signal(tmp_path):
    net = audio()
    made = attrvis.render(net, "maps:0", steps=80, optimizer=FAST)
    assert made.images.shape == (1, 128, 1)
    spectrum = np.abs(np.fft.rfft(made.images[0, :, 0] - made.images[0, :, 0].mean()))
    assert abs(spectrum.argmax() - 128 // 8) <= 3
    made.save(tmp_path / "wave.png")
    made.save(tmp_path / "wave.npz")
    assert np.array_equal(Rendering.load(tmp_path / "wave.npz").images, made.images)
    still = attrvis.render(net, "maps:0", steps=20, optimizer=FAST, transforms=compose())
    assert still.status == "ok"
    with pytest.raises(BadValue, match=r"leave \[126\] of \[128\]; end them with Crop"):
        attrvis.render(net, "maps:0", steps=2, transforms=compose(Jitter(2)))


def test_a_row_of_numbers_has_no_picture():
    graph = toys.graph_def(lambda x: tf.identity(x @ tf.ones([5, 2]), name="scores"), (None, 5))
    net = attrvis.load(graph, preprocess="unit", logits="scores")
    with pytest.raises(BadValue, match="no picture"):
        attrvis.render(net, "logit:0")


def test_parts_that_do_not_fit_are_refused():
    net = bars(7)
    with pytest.raises(BadValue, match=r"3 channels, but .* takes 7"):
        attrvis.render(net, "maps:0", image=FourierImage(channels=3))
    with pytest.raises(BadValue, match="constant"):
        attrvis.render(net, "maps:0", background="noise_pyramid")
    with pytest.raises(BadValue, match="mask"):
        attrvis.render(net, attrvis.objectives.mask_area(0.1))


@pytest.mark.parametrize("net", [bars(1), bars(4), bars(7), audio()], ids=["1", "4", "7", "sound"])
def test_a_film_shows_what_a_sheet_shows(net, tmp_path):
    made = attrvis.render(net, ["maps:0", "maps:0"], steps=2, snapshots=2)
    last = made.film()[-1]
    pictures = np.concatenate(list(made.on_grey()), axis=1)
    assert last.shape == pictures.shape
    # The last frame is after the last step; a picture is the mean of the last tenth of them.
    np.testing.assert_allclose(last, pictures, atol=2e-2)
    made.save(tmp_path / "run.gif")


def test_recipes_of_units_serve_signals():
    net = audio()
    plate = recipes.facets(net, "maps:0", count=2, steps=3)
    assert plate.values["reached"].shape == (2,)
    assert recipes.interpolation(net, "maps:0", "maps:0", count=2, aligned=False, steps=2).parts
    assert recipes.random_sheet(net, "maps", count=2, steps=2).picture.ndim == 3
