"""Baselines that are not optimised: each by its definition; files that are what they should be."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import images as pictures
from attrvis.attribution import AumannShapley
from attrvis.attribution.baselines import (
    TABLE,
    Baseline,
    Blurred,
    Constant,
    FromFile,
    FromImage,
    Noise,
    Optimised,
    Quadratic,
    Sampled,
    Scene,
    Zero,
)
from attrvis.attribution.targets import bind_target
from attrvis.errors import AttrVisError, BadValue, ImageError
from tests import toys


def scene_of(net, images, layer, target=0, seed=0):
    images = tf.constant(images)
    return Scene.of(net, images, layer, bind_target(net, images, target), seed)


@pytest.fixture(scope="module")
def scene(twig, photos):
    return scene_of(twig, photos, "join", [0, 1, 2], seed=3)


def test_zero_and_constant(scene):
    zero = Zero().fit(scene)
    assert zero.values.shape == tuple(scene.values.shape) and not zero.values.any()
    assert (zero.kind, zero.layer, zero.status, zero.steps) == ("zero", "join", "ok", 0)
    assert np.isnan(zero.wanted).all() and zero.masks is None
    np.testing.assert_array_equal(Constant(0.3).fit(scene).values, np.float32(0.3))


def test_every_baseline_is_scored_where_it_is(twig, photos, scene, tmp_path):
    pictures.write_png(tmp_path / "other.png", toys.noise(9, 7, 3))
    Zero().fit(scene).save(tmp_path / "zero.npz")
    files = FromImage(tmp_path / "other.png"), FromFile(tmp_path / "zero.npz")
    for method in (Zero(), Constant(), Blurred(), Noise(), Sampled(), Quadratic(), *files):
        made = method.fit(scene)
        logits = twig.run(photos, edit={"join": made.values})["logits"].numpy()
        np.testing.assert_allclose(made.score, logits[range(3), range(3)], rtol=1e-4, atol=1e-4)
        plain = twig.run(photos)["logits"].numpy()[range(3), range(3)]
        np.testing.assert_allclose(made.photo_score, plain, atol=1e-5)
        assert np.isfinite(made.values).all() and made.values.dtype == np.float32


def test_blurred_keeps_the_mean_of_a_constant_and_smooths_the_rest(scene, twig):
    made = Blurred(0.2).fit(scene).values
    values = scene.values.numpy()
    assert made.std() < values.std()
    np.testing.assert_allclose(made.mean(), values.mean(), rtol=0.15)
    grey = scene_of(twig, np.full((1, 8, 8, 3), 0.5, np.float32), "input")
    np.testing.assert_allclose(Blurred(0.2).fit(grey).values, 0.5, atol=1e-6)


def test_noise_has_the_spread_of_the_values(twig):
    scene = scene_of(twig, toys.noise(2, 8, 8, 3), "mix", seed=1)
    values, made = scene.values.numpy(), Noise(2.0).fit(scene).values
    for i in range(2):
        assert made[i].std() == pytest.approx(2 * values[i].std(), rel=0.15)
        assert abs(made[i].mean()) < 0.25 * made[i].std()
    # The same draw for every image, scaled by its own spread.
    np.testing.assert_allclose(made[0] / values[0].std(), made[1] / values[1].std(), rtol=1e-4)


def test_sampled_draws_whole_places(scene):
    made, values = Sampled().fit(scene).values, scene.values.numpy()
    for i in range(3):
        known = {place.tobytes() for place in values[i].reshape(64, -1)}
        drawn = [place.tobytes() for place in made[i].reshape(64, -1)]
        assert set(drawn) <= known
        assert 20 < len(set(drawn)) < 64


def test_seeds(scene, twig, photos):
    other = scene_of(twig, photos, "join", [0, 1, 2], seed=4)
    for method in (Noise(), Sampled()):
        np.testing.assert_array_equal(method.fit(scene).values, method.fit(scene).values)
        assert np.abs(method.fit(scene).values - method.fit(other).values).max() > 0


def test_an_image_gives_what_it_gives_at_the_layer(twig, scene, tmp_path):
    path = tmp_path / "other.png"
    pictures.write_png(path, toys.noise(8, 8, 3, seed=6))
    made = FromImage(path).fit(scene)
    expected = twig.run(pictures.read(path)[None], ["join"])["join"]
    np.testing.assert_allclose(made.values, np.repeat(expected, 3, 0), atol=1e-6)


@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize("value", [0.0, -1.5])
def test_the_quadratic_one_is_exact_on_a_linear_network(linear, target, value):
    images = toys.noise(2, 4, 4, 3)
    scene = scene_of(linear, images, "input", target)
    made = Quadratic(value).fit(scene)
    np.testing.assert_allclose(made.score, value, atol=1e-4)
    np.testing.assert_allclose(made.wanted, value)
    # The nearest such point: the step is along the gradient.
    step = (images - made.values).reshape(2, -1)
    assert abs(np.corrcoef(step)[0, 1]) == pytest.approx(1, abs=1e-4)


def test_damping_goes_a_share_of_the_way(linear):
    images = toys.noise(1, 4, 4, 3)
    scene = scene_of(linear, images, "input", 1)
    start = scene.score(scene.values)[0]
    for damping in (0.25, 1.0, 3.0):
        made = Quadratic(damping=damping).fit(scene)
        assert made.score[0] == pytest.approx(start * damping / (1 + damping), abs=1e-4)


def test_the_quadratic_one_needs_a_gradient(pair):
    scene = scene_of(pair, toys.two((-3, 1)), "input", 2)
    with pytest.raises(BadValue, match=r"gradient.*zero.*optimised"):
        Quadratic().fit(scene)


@pytest.mark.parametrize("method", [Blurred(), Sampled()], ids=lambda m: m.kind)
def test_layers_without_places_are_refused(twig, photos, method):
    with pytest.raises(BadValue, match=r"'pool' has no positions.*zero baseline"):
        method.fit(scene_of(twig, photos, "pool"))


@pytest.mark.parametrize(
    ("method", "number"),
    [(Blurred, 0), (Blurred, np.nan), (Noise, -1), (Noise, np.nan), (Constant, np.inf),
     (Quadratic, np.nan)],
)  # fmt: skip
def test_numbers_that_cannot_be(method, number):
    with pytest.raises(BadValue):
        method(number)
    with pytest.raises(BadValue, match="damping"):
        Quadratic(damping=-1)


def test_saving_and_loading(scene, tmp_path, twig, photos):
    from tests.attribution.test_optimised import quietly

    for made in (Zero().fit(scene), quietly(Optimised(steps=5), scene)):
        made.save(tmp_path / "b.npz")
        found = Baseline.load(tmp_path / "b.npz")
        for name in ("values", "score", "photo_score", "wanted"):
            np.testing.assert_array_equal(getattr(found, name), getattr(made, name))
        for name in ("kind", "layer", "steps", "status"):
            assert getattr(found, name) == getattr(made, name)
        assert (found.masks is None) == (made.masks is None)
        for name, mask in (made.masks or {}).items():
            np.testing.assert_array_equal(found.masks[name], mask)
        from_file = FromFile(tmp_path / "b.npz")
        again = from_file.fit(scene)
        np.testing.assert_array_equal(again.values, made.values)
        np.testing.assert_allclose(again.score, made.score, rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(from_file.values(scene), made.values)


def test_a_missing_file_is_an_error_and_never_zeros(scene, tmp_path):
    """Defect 22: the original goes on with zeros."""
    with pytest.raises(AttrVisError, match=r"gone\.npz"):
        FromFile(tmp_path / "gone.npz").fit(scene)
    with pytest.raises(ImageError, match=r"gone\.png"):
        FromImage(tmp_path / "gone.png").fit(scene)
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04nothing")
    with pytest.raises(AttrVisError, match=r"bad\.npz"):
        FromFile(tmp_path / "bad.npz").fit(scene)


def test_a_file_for_another_layer_is_refused(scene, tmp_path, twig, photos):
    path = tmp_path / "b.npz"
    Zero().fit(scene_of(twig, photos, "left")).save(path)
    with pytest.raises(BadValue, match=r"'left'.*not for 'join'"):
        FromFile(path).fit(scene)
    Zero().fit(scene_of(twig, photos[:2], "join")).save(path)
    with pytest.raises(BadValue, match=r"\(2, 8, 8, 4\)"):
        FromFile(path).fit(scene)
    AumannShapley(points=1, baseline=Zero(), tolerance=9)(twig, photos, layer="join").save(path)
    with pytest.raises(AttrVisError, match="holds a 'attribution'"):
        FromFile(path).fit(scene)


def test_the_miss_is_relative_to_the_photos_distance(scene):
    zero = Zero().fit(scene)
    made = Baseline(**{**vars(zero), "score": np.array([1.0, 0, 3]), "wanted": np.zeros(3),
                       "photo_score": np.array([10.0, 4, 0])})  # fmt: skip
    np.testing.assert_allclose(made.miss, [0.1, 0, 3e6])
    assert np.isnan(zero.miss).all()


def test_the_table_names_them_all():
    assert [TABLE[row.name].kind for row in TABLE] == [row.name for row in TABLE]
    assert len(TABLE) == 15
