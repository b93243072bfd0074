"""Features from grids, segments and arrays; parts are numbered, counted and given their credits."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.attribution import FeatureAblation, Scene
from attrvis.attribution.perturbation.features import (
    Channels,
    Felzenszwalb,
    Given,
    Grid,
    Positions,
    Slic,
    Units,
    features_of,
)
from attrvis.attribution.perturbation.parts import Parts
from attrvis.errors import BadValue, UnknownName
from attrvis.objectives import logit
from tests import toys
from tests.attribution.perturbation import nets


@pytest.fixture(scope="module")
def scene(twig, photos):
    return Scene.of(twig, tf.constant(photos), "input", logit(0))


@pytest.fixture(scope="module")
def pooled(scene):
    return scene.on(layer="pool")


@pytest.mark.parametrize(
    ("words", "features"),
    [
        ("grid", Grid(8)),
        ("grid:3", Grid(3)),
        ("slic:20", Slic(20)),
        ("felzenszwalb:50", Felzenszwalb(50.0)),
        ("units", Units()),
        ("positions", Positions()),
        ("channels", Channels()),
        (Grid(2), Grid(2)),
        (np.eye(2, dtype=int), Given(Data(np.eye(2, dtype=int)))),
    ],
)
def test_words_make_features(words, features):
    assert features_of(words) == features
    assert FeatureAblation(features=words) == FeatureAblation(features=features)


@pytest.mark.parametrize(
    ("words", "fault", "says"),
    [
        ("grids", UnknownName, "'grid'"),
        ("units:3", BadValue, "take no number"),
        ("grid:many", BadValue, "such as grid:8"),
        ("grid:0", BadValue, "whole number of cells from 1"),
        ("felzenszwalb:-1", BadValue, "above 0"),
        ("slic:0", BadValue, "segments from 1"),
        (np.full([2, 2], 0.5), BadValue, "whole numbers"),
    ],
)
def test_wrong_words_are_answered(words, fault, says):
    with pytest.raises(fault, match=says):
        features_of(words)


def test_a_grid_has_cells_of_near_equal_sides(scene):
    parts = Grid(3).parts(scene)
    assert parts.ids.shape == (3, 8, 8, 1) and (parts.counts == 9).all()
    rows = np.bincount(parts.ids[0, :, 0, 0] // 3)
    assert rows.tolist() == [3, 3, 2]
    assert (Grid(20).parts(scene).counts == 64).all()
    np.testing.assert_array_equal(Grid(8).ids(scene), Positions().ids(scene))


def test_units_positions_and_channels(scene, pooled):
    counts = {f: int(f.parts(scene).counts[0]) for f in (Units(), Positions(), Channels())}
    assert list(counts.values()) == [192, 64, 3]
    for features in (Units(), Positions(), Channels(), Grid(99)):
        assert features.parts(pooled).ids.tolist() == [[0, 1, 2, 3, 4, 5]] * 3
    assert Grid(2).parts(pooled).ids.tolist() == [[0, 0, 0, 1, 1, 1]] * 3


def halves():
    """Photos that are dark on one side and bright on the other."""
    photos = np.zeros([2, 32, 32, 3], np.float32)
    photos[0, :, 16:] = 1
    photos[1, 8:] = 1
    return photos


@pytest.mark.parametrize("features", [Slic(4, 0.1), Felzenszwalb(10)])
def test_segments_follow_the_photo(features):
    photos = halves()
    for photo in photos:
        found = features.segmented(photo)
        for name in np.unique(found):
            assert len(np.unique(photo[found == name], axis=0)) == 1
        assert len(np.unique(found)) >= 2


def test_segments_are_brought_to_the_size_of_a_layer(twig):
    photos = np.kron(halves()[:, ::4, ::4], np.ones([1, 1, 1, 1], np.float32))
    scene = Scene.of(twig, tf.constant(photos), "input", logit(0))
    fine = Felzenszwalb(10, 0.1, 2).parts(scene)
    assert fine.counts.tolist() == [2, 2]
    np.testing.assert_array_equal(fine.ids[0, 0, :, 0], [0] * 4 + [1] * 4)
    coarse = Felzenszwalb(10, 0.1, 2).parts(scene.on(layer="deep"))
    np.testing.assert_array_equal(coarse.ids[0, :, :, 0], [[0, 0, 1, 1]] * 4)
    with pytest.raises(BadValue, match="cannot be laid over layer 'pool'"):
        Slic().parts(scene.on(layer="pool"))


def test_arrays_of_ones_own(scene, pooled):
    one = np.repeat([7, -2], 4)[:, None] * np.ones([1, 8], int)
    several = np.stack([one, one.T, one * 0])
    for array in (one, one[..., None], np.repeat(one[..., None], 3, -1)):
        parts = Given(array).parts(scene)
        assert (parts.ids[:, 0] == 1).all() and (parts.ids[:, 7] == 0).all()
    own = Given(several).parts(scene)
    assert own.counts.tolist() == [2, 2, 1]
    np.testing.assert_array_equal(own.ids[1, :, :, 0], own.ids[0, :, :, 0].T)
    deep = Given(several).parts(scene.on(layer="deep"))
    np.testing.assert_array_equal(deep.ids[0, :, :, 0], np.repeat([[1], [0]], 2, 0) * [[1] * 4])
    assert Given(np.arange(6) // 4).parts(pooled).counts.tolist() == [2, 2, 2]
    with pytest.raises(BadValue, match=r"shape \(5, 5\) fit neither layer 'input'"):
        Given(np.zeros([5, 5], int)).parts(scene)
    for number in (0, 1000, None):
        with pytest.raises(BadValue, match=f"an array of whole numbers, not {number}"):
            features_of(number)


def test_parts_are_numbered_counted_and_given_credits():
    ids = np.array([[[5, 5], [9, 2]], [[0, 1], [2, 3]]])[..., None]
    parts = Parts.of(ids)
    assert parts.ids[0, ..., 0].tolist() == [[1, 1], [2, 0]] and parts.counts.tolist() == [3, 4]
    credits = [np.array([1.0, 4, 3]), np.arange(4.0)]
    whole = parts.spread(credits, [2, 2, 2, 3], "count")
    assert whole[0, ..., 0].tolist() == [[4, 4], [3, 1]] and (whole[..., 1] == whole[..., 0]).all()
    shares = parts.spread(credits, [2, 2, 2, 3], "area")
    np.testing.assert_allclose(shares.sum((1, 2, 3)), [8, 6], rtol=1e-6)
    np.testing.assert_allclose(shares[0, 0, 0], 4 / 6, rtol=1e-6)
    assert [Parts(ids, np.array([n])).room for n in (1, 8, 9, 64, 65)] == [8, 8, 16, 64, 128]


@pytest.mark.parametrize("name", ["feature-ablation", "shapley-sampling", "kernel-shap", "lime",
                                  "sobol", "hsic", "shapley-values"])  # fmt: skip
def test_images_of_different_counts_are_as_they_are_alone(twig, photos, name):
    """Features of each image's own: 2, 3 and 1 of them."""
    from attrvis.attribution import method_of

    ids = np.stack([np.arange(8) // 4, np.arange(8) // 3, np.zeros(8)]).astype(int)
    ids = np.repeat(ids[:, :, None], 8, 2)
    small = {
        "sobol": {"designs": 4},
        "hsic": {"designs": 20},
        "lime": {"samples": 9},
        "kernel-shap": {"samples": 6},
        "shapley-sampling": {"orders": 3},
    }.get(name, {})
    together = method_of(name, {"features": ids, **small})(twig, photos, target=[0, 3, 1])
    for i, target in enumerate([0, 3, 1]):
        own = method_of(name, {"features": ids[i], **small})
        alone = own(twig, photos[i : i + 1], target=target)
        scale = np.abs(alone.values).max()
        np.testing.assert_allclose(together.values[i], alone.values[0], atol=1e-5 * scale)


def test_the_number_of_features_needs_no_trace_of_its_own(twig):
    photos = toys.noise(2, 8, 8, 3, seed=3)
    FeatureAblation(features="grid:3")(twig, photos, target=0)
    count = nets.traces(twig)
    FeatureAblation(features="slic:9", baseline="constant:1")(twig, photos, target=0)
    FeatureAblation(features="grid:4")(twig, photos[:1], target=0)
    assert nets.traces(twig) == count
