"""Baselines that are pictures, several, or one's own arrays."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow as tf

from attrvis import images as pictures
from attrvis.attribution import IntegratedGradients, Occlusion, ShapleyValues, method_of
from attrvis.attribution.baselines import (
    BlackAndWhite,
    FromArray,
    FromImage,
    FromSamples,
    Gaussian,
    MaximumDistance,
    OnePicture,
    Plain,
    Uniform,
    named_baseline,
)
from attrvis.errors import BadValue
from tests import toys
from tests.attribution.test_baselines import scene_of


@pytest.fixture(scope="module")
def scene(twig, photos):
    return scene_of(twig, photos, "input", [0, 1, 2], seed=3)


@pytest.fixture(scope="module")
def deep(twig, photos):
    return scene_of(twig, photos, "join", [0, 1, 2], seed=3)


EVERY = [Uniform(), Gaussian(0.3), MaximumDistance(), Plain(0.7), OnePicture(toys.noise(8, 8, 3))]


@pytest.mark.parametrize("method", EVERY, ids=lambda m: m.kind)
def test_at_a_layer_they_are_what_the_network_makes_of_the_picture(twig, scene, deep, method):
    made = method.fit(scene).values
    assert made.shape == (3, 8, 8, 3) and made.dtype == np.float32
    expected = twig.run(made, ["join"])["join"]
    at_layer = method.fit(deep)
    np.testing.assert_allclose(at_layer.values, expected, atol=1e-5)
    assert at_layer.kind == method.kind and at_layer.layer == "join"
    np.testing.assert_array_equal(method.fit(scene).values, made)


@pytest.mark.parametrize("method", EVERY, ids=lambda m: m.kind)
def test_an_image_has_the_same_alone(twig, photos, scene, method):
    alone = scene_of(twig, photos[1:2], "input", 1, seed=3)
    np.testing.assert_array_equal(method.fit(alone).values[0], method.fit(scene).values[1])


def test_even_noise():
    net = toys.network(lambda x: tf.reduce_mean(x, [1, 2]), 40, 40)
    scene = scene_of(net, toys.noise(2, 40, 40, 3), "input")
    made = Uniform(0.2, 0.6).fit(scene).values
    assert made.min() >= 0.2 and made.max() < 0.6
    assert abs(made.mean() - 0.4) < 0.01 and made.std() == pytest.approx(0.4 / 12**0.5, rel=0.05)
    np.testing.assert_array_equal(made[0], made[1])
    other = scene_of(net, toys.noise(2, 40, 40, 3), "input", seed=1)
    assert np.abs(Uniform(0.2, 0.6).fit(other).values - made).max() > 0.1


def test_noise_around_the_image():
    net = toys.network(lambda x: tf.reduce_mean(x, [1, 2]), 40, 40)
    photos = 0.4 + 0.2 * toys.noise(2, 40, 40, 3)
    photos[1] = 0.4 + 2 * (photos[1] - 0.4)
    scene = scene_of(net, photos, "input")
    noise = Gaussian(0.1).fit(scene).values - photos
    for i, width in enumerate((0.2, 0.4)):
        assert noise[i].std() == pytest.approx(0.1 * width, rel=0.05)
        assert abs(noise[i].mean()) < 0.1 * noise[i].std()
    np.testing.assert_array_equal(Gaussian(0.0).fit(scene).values, photos)
    wide = Gaussian(9.0).fit(scene).values
    assert wide.min() == 0 and wide.max() == 1


def test_the_farthest_picture(scene, photos):
    made = MaximumDistance().fit(scene).values
    assert set(np.unique(made)) == {0, 1}
    assert (np.abs(made - photos) >= 0.5).all()


@pytest.mark.parametrize("layer", ["input", "join"])
def test_black_and_white_is_the_mean_over_both(twig, photos, layer):
    def run(baseline, make=IntegratedGradients, **more):
        method = make(baseline=baseline, **more)
        return method(twig, photos, target=[0, 1, 2], layer=layer)

    for make, more in (
        (IntegratedGradients, {"steps": 64}),
        (ShapleyValues, {"features": "grid:2"}),
    ):
        both = run("black-and-white", make, **more)
        black, white = (run(Plain(shade), make, **more) for shade in (0.0, 1.0))
        scale = np.abs(both.values).max()
        np.testing.assert_allclose(
            both.values, (black.values + white.values) / 2, atol=1e-6 * scale
        )
        np.testing.assert_allclose(both.change, (black.change + white.change) / 2, atol=1e-5)
        np.testing.assert_allclose(both.baseline, (black.baseline + white.baseline) / 2, atol=1e-6)
        assert both.forwards == black.forwards + white.forwards
        assert both.evaluations == black.evaluations + white.evaluations
        assert both.relative_gap.max() < 0.05 and both.values.dtype == np.float32
        assert json.dumps(both.settings) and both.method == make.name


def test_wrappers_average_too(twig, photos):
    inner = IntegratedGradients(steps=4, baseline="black-and-white", tolerance=9)
    made = method_of("noise-tunnel", {"method": inner, "samples": 2, "noise": 0.0})
    direct = inner(twig, photos, target=0)
    np.testing.assert_allclose(
        made(twig, photos, target=0).values, direct.values, atol=1e-4 * np.abs(direct.values).max()
    )


def test_one_baseline_is_wanted_where_there_is_no_method(scene):
    with pytest.raises(BadValue, match="'black-and-white' is 2 baselines"):
        BlackAndWhite().fit(scene)


def test_samples_of_an_array(twig, photos, scene):
    others = toys.noise(6, 8, 8, 3, seed=8)
    drawn = FromSamples(others, 4).members(scene)
    known = {picture.tobytes() for picture in others}
    assert len({m.picture.array.tobytes() for m in drawn} & known) == 4
    assert FromSamples(others, 4).members(scene) == drawn
    many = [FromSamples(others, 4).members(scene_of(twig, photos, "input", seed=s)) for s in
            range(4)]  # fmt: skip
    assert len(set(many)) > 1
    assert len(FromSamples(others, 40).members(scene)) == 6
    one = FromSamples(others[:1], 3).fit(scene)
    np.testing.assert_array_equal(one.values, np.repeat(others[:1], 3, 0))
    made = Occlusion(4, 4, FromSamples(others, 9))(twig, photos, target=0)
    each = [Occlusion(4, 4, OnePicture(p))(twig, photos, target=0).values for p in others]
    scale = np.abs(made.values).max()
    np.testing.assert_allclose(made.values, np.mean(each, axis=0), atol=1e-6 * scale)


def test_samples_of_a_folder(scene, tmp_path):
    for k in range(3):
        pictures.write_png(tmp_path / f"{k}.png", toys.noise(8, 8, 3, seed=k))
    (tmp_path / "notes.txt").write_text("no picture")
    members = named_baseline(f"samples:{tmp_path}").members(scene)
    assert members == tuple(FromImage(tmp_path / f"{k}.png") for k in range(3))
    with pytest.raises(BadValue, match="cannot be read"):
        FromSamples(tmp_path / "gone").members(scene)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadValue, match="holds no picture"):
        FromSamples(tmp_path / "empty").members(scene)


def test_arrays_of_ones_own(scene, deep, tmp_path):
    one, each = toys.noise(8, 8, 4, seed=1), toys.noise(3, 8, 8, 4, seed=2)
    np.testing.assert_array_equal(FromArray(each).fit(deep).values, each)
    np.testing.assert_array_equal(FromArray(one).fit(deep).values, np.stack([one] * 3))
    np.save(tmp_path / "b.npy", each)
    assert named_baseline(f"array:{tmp_path / 'b.npy'}") == FromArray(each)
    assert hash(FromArray(one)) == hash(FromArray(one.copy()))
    with pytest.raises(BadValue, match=r"shape \(8, 8, 4\) does not fit layer 'input'"):
        FromArray(one).fit(scene)
    with pytest.raises(BadValue, match="NaN"):
        FromArray(np.full([2], np.nan))
    with pytest.raises(BadValue, match=r"gone\.npy"):
        FromArray(tmp_path / "gone.npy")
    with pytest.raises(BadValue, match="array of numbers"):
        FromArray(["a"])


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("uniform", Uniform()),
        ("gaussian", Gaussian()),
        ("gaussian:0.2", Gaussian(0.2)),
        ("maximum-distance", MaximumDistance()),
        ("black-and-white", BlackAndWhite()),
        ("samples:photos", FromSamples("photos")),
    ],
)
def test_words(words, method):
    assert named_baseline(words) == method


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: named_baseline("samples"), "samples:PATH"),
        (lambda: named_baseline("array"), "array:PATH"),
        (lambda: named_baseline("uniform:1"), "takes no argument"),
        (lambda: named_baseline("gaussian:much"), "must be a number"),
        (lambda: Uniform(1, 0), "between two finite numbers"),
        (lambda: Gaussian(-1), "from 0"),
        (lambda: Plain(np.inf), "finite shade"),
        (lambda: FromSamples(np.zeros([0, 4, 4, 3])), "at least one"),
        (lambda: FromSamples("photos", 0), "At least one sample"),
    ],
)
def test_numbers_that_cannot_be(make, says):
    with pytest.raises(BadValue, match=says):
        make()


def test_a_picture_of_another_size(scene):
    with pytest.raises(BadValue, match="fit it to the network's size"):
        OnePicture(np.zeros([4, 4, 3])).fit(scene)
