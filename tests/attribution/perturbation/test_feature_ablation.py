"""Features away one by one, or mixed up: known losses, costs, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis.attribution import FeatureAblation, FeaturePermutation
from attrvis.errors import BadValue, UnknownName
from tests import toys
from tests.attribution.perturbation import nets


@pytest.fixture(scope="module")
def layers():
    return nets.multi_layer()


def flat(made):
    return made.values.reshape(len(made.values), -1)


def test_captums_network_of_layers(layers):
    image = nets.row(20, 50, 30)
    apart = FeatureAblation(features="units")(layers, image, target=0)
    np.testing.assert_allclose(flat(apart), [[80, 200, 120]], rtol=1e-5)
    mask = np.array([[0, 0, 1]])
    pair = FeatureAblation(features=mask)(layers, image, target=0)
    np.testing.assert_allclose(flat(pair), [[280, 280, 120]], rtol=1e-5)
    other = FeatureAblation(features=mask, baseline="constant:4")(layers, image, target=0)
    np.testing.assert_allclose(flat(other), [[248, 248, 104]], rtol=1e-5)
    shared = FeatureAblation(features=mask, normalize="area")(layers, image, target=0)
    np.testing.assert_allclose(flat(shared), [[140, 140, 120]], rtol=1e-5)
    assert (apart.forwards, pair.forwards) == (4, 3) and apart.change is None


def test_channels_of_a_layer_are_what_ablation_cam_takes_away(twig, photos):
    made = FeatureAblation(features="channels")(twig, photos, target=2, layer="join")
    held = twig.run(photos, read=["join"])["join"].numpy()
    own = twig.run(photos)["logits"].numpy()[:, 2]
    for channel in range(4):
        edited = held.copy()
        edited[..., channel] = 0
        lost = own - twig.run(photos, edit={"join": edited})["logits"].numpy()[:, 2]
        expected = np.broadcast_to(lost[:, None, None], (3, 8, 8))
        np.testing.assert_allclose(made.values[..., channel], expected, atol=1e-5)
    assert made.forwards == 3 * 5


def test_a_neuron_may_be_the_target(twig, photos):
    made = FeatureAblation(features="positions")(twig, photos[:1], target="deep:1@0,0")
    assert not made.values[0, 7:].any() and np.abs(made.values[0, :3, :3]).max() > 0


def test_permuted_numbers_are_all_of_the_image(layers):
    """In a sum nothing is lost if all is mixed up, and a part loses what it has more than most."""
    net = nets.summing(1, 6, 1)
    image = nets.row(1, 2, 3, 4, 5, 6)
    made = FeaturePermutation(features="units", samples=400)(net, image, target=0, layer="grid")
    np.testing.assert_allclose(flat(made)[0], np.arange(1, 7) - 3.5, atol=0.35)
    assert made.forwards == 1 + 400 * 6 and made.baseline is None
    whole = FeaturePermutation(features="grid:1", samples=5)
    with pytest.warns(match="zero everywhere"):
        assert np.abs(whole(net, image, target=0, layer="grid").values).max() < 1e-5


def test_features_may_come_from_other_images(layers):
    image, others = nets.row(20, 50, 30), np.concatenate([nets.row(10, 20, 30)] * 2)
    made = FeaturePermutation(features="units", others=others, samples=2)(layers, image, target=0)
    np.testing.assert_allclose(flat(made), [[40, 120, 0]], atol=1e-3)
    assert made.forwards == 1 + 2 * 3
    hidden = FeaturePermutation(features="units", others=others)(
        layers, image, target=0, layer="dense"
    )
    np.testing.assert_allclose(flat(hidden), [[40, 40, 40, 40]], atol=1e-3)


def test_other_images_are_drawn_evenly():
    net = nets.summing(2)
    others = np.stack([nets.row(k, 10 * k)[0] for k in range(4)])
    made = FeaturePermutation(features="units", others=others, samples=600)(
        net, nets.row(0, 0), target=0, layer="grid"
    )
    np.testing.assert_allclose(flat(made), [[-1.5, -15]], rtol=0.1)


def test_what_cannot_be(twig, photos, layers):
    with pytest.raises(BadValue, match="'pool' has no positions to permute; give others="):
        FeaturePermutation()(twig, photos, target=0, layer="pool")
    with pytest.raises(BadValue, match="fit them to the network's size"):
        FeaturePermutation(others=toys.noise(2, 5, 5, 3))(twig, photos, target=0)
    with pytest.raises(BadValue, match="not 'photos'"):
        FeaturePermutation(others="photos")
    with pytest.raises(BadValue, match="samples from 1"):
        FeaturePermutation(samples=0)
    with pytest.raises(UnknownName, match="'area'"):
        FeatureAblation(normalize="areas")
    with pytest.raises(UnknownName, match="'zero'"):
        FeatureAblation(baseline="zeroes")
