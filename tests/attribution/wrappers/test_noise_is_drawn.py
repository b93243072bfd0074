"""What noise wrappers draw: fresh each time, as large as they say, and on the right network."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution import TABLE
from attrvis.attribution.wrappers.averaged_baselines import AveragedBaselines
from attrvis.attribution.wrappers.for_grad import FORGrad, low_pass
from attrvis.attribution.wrappers.noise_grad import (
    FusionGrad,
    NoiseGrad,
    calibrate_sigma,
    weight_change,
)
from attrvis.attribution.wrappers.noise_tunnel import NoiseTunnel
from attrvis.attribution.wrappers.wrapped import Moments
from attrvis.networks import perturbed
from attrvis.networks.roles import live, roles
from tests import toys

ASKED = {"target": [0, 3, 1]}


def test_moments_by_hand():
    """Of 1, 2 and 4, which come one after the other."""
    moments = Moments()
    for number in (1, 2, 4):
        moments.add(np.array([number, -number]))
    np.testing.assert_allclose(moments.of("mean"), [7 / 3, -7 / 3], rtol=1e-6)
    np.testing.assert_allclose(moments.of("square"), 7, rtol=1e-6)
    np.testing.assert_allclose(moments.of("variance"), 7 - 49 / 9, rtol=1e-6)


def test_noise_is_a_share_of_each_images_own_range():
    def build(x):
        return tf.identity(tf.reduce_sum(x**2, [1, 2, 3])[:, None], name="scores")

    net = toys.network(build, 3, 3, 1, logits="scores")
    one = np.eye(3, dtype=np.float32)[None, ..., None]
    both = np.concatenate([one, 10 * one + 5])
    made = NoiseTunnel("saliency", samples=20, kind="variance")(net, both, target=0).values
    np.testing.assert_allclose(made[1], 100 * made[0], rtol=1e-3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: NoiseTunnel("grad-cam", samples=1),
        lambda: NoiseGrad("grad-cam", networks=1),
        lambda: FusionGrad("grad-cam", networks=1, samples=1),
        lambda: FORGrad("grad-cam"),
    ],
)
def test_a_map_of_what_speaks_for_the_target_stays_one(make, twig, photos):
    assert make()(twig, photos, **ASKED).positive
    assert not NoiseTunnel("saliency", samples=1)(twig, photos, **ASKED).positive


def test_each_noisy_network_sees_other_noise_in_the_image(twig, photos):
    """The second network's is that of the next seed."""
    method = FusionGrad(networks=2, weight_noise=0.0, samples=1, noise=0.3)
    tunnel = NoiseTunnel("saliency", samples=1, noise=0.3)
    each = [tunnel(twig, photos, seed=seed, **ASKED).values for seed in (4, 5)]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    made = method(twig, photos, seed=4, **ASKED).values
    np.testing.assert_allclose(made, np.mean(each, axis=0), atol=1e-6)


def test_each_noisy_network_has_noise_of_its_own():
    net = live(toys.network(lambda x: tf.matmul(tf.reshape(x, [-1, 48]), toys.noise(48, 3),
                                                name="scores"), logits="scores"))  # fmt: skip
    name = next(iter(net.lowered.variables()))
    value = net.lowered.variables()[name].read()

    def drawn(seed, number, kind="multiplicative"):
        return weight_change(net, seed, number, 0.3, kind)(name, value)

    each = [drawn(0, 0), drawn(0, 1), drawn(1, 0), drawn(0, 0, "additive")]
    for i, one in enumerate(each):
        assert all(np.abs(one - other).max() > 0.1 for other in each[:i])
    np.testing.assert_array_equal(drawn(0, 1), each[1])


def test_noise_reaches_all_weights_but_running_statistics(twig):
    net = live(twig)
    told = roles(net.lowered)
    change = weight_change(net, 0, 0, 0.3)
    still = 0
    for name, variable in net.lowered.variables().items():
        if not variable.dtype.is_floating or name not in told:
            continue
        value = variable.read()
        moved = np.abs(change(name, value) - value).max() > 0
        assert moved != told[name].statistic, name
        still += not moved
    assert still == 2


def test_a_layer_is_what_the_noisy_network_holds(twig, photos):
    """The values that are attributed are computed on each network anew."""
    made = NoiseGrad("activation", networks=2)(twig, photos, layer="deep", seed=3, **ASKED)
    net, each = live(twig), []
    for number in range(2):
        with perturbed(net, weight_change(net, 3, number, 0.2)):
            each.append(net.run(photos, ["deep"])["deep"].numpy())
    np.testing.assert_allclose(made.values, np.mean(each, axis=0), atol=1e-5)
    clean = twig.run(photos, ["deep"])["deep"].numpy()
    assert np.abs(made.values - clean).max() > 1e-2


def test_calibrated_noise_is_where_the_loss_crosses_what_was_asked(twig):
    images = toys.noise(60, 8, 8, 3, seed=3)
    net = live(twig)
    labels = net.run(images)["logits"].numpy().argmax(1)
    # Some labels are wrong, so that what is lost is not all of the accuracy.
    labels[::6] = (labels[::6] + 1) % 5
    clean = float(np.mean(net.run(images)["logits"].numpy().argmax(1) == labels))

    def lost(noise):
        found = []
        for number in range(3):
            with perturbed(net, weight_change(net, 0, number, noise)):
                found.append(np.mean(net.run(images)["logits"].numpy().argmax(1) == labels))
        return (clean - np.mean(found)) / (clean - 1 / 5)

    for drop in (0.1, 0.25, 0.4):
        sigma = calibrate_sigma(twig, images, labels, drop=drop, rounds=8)
        half = 2.0**-9
        assert lost(sigma - half) <= drop < lost(sigma + half)


def test_averaged_baselines_tell_their_mean(twig, photos):
    made = AveragedBaselines(baselines=("zero", "constant:0.5", "constant:1"))(
        twig, photos, **ASKED
    )
    np.testing.assert_allclose(made.baseline, 0.5, atol=1e-6)


def test_waves_are_counted_over_the_longer_side():
    """Of 16 x 24, a cutoff of 6 keeps 6 waves across and 4 down (6 over 24), and not both."""
    rows, columns = np.mgrid[0:16, 0:24]

    def wave(across, down):
        return np.cos(2 * np.pi * (across * columns / 24 + down * rows / 16))

    kept = wave(6, 0) + wave(0, 4) + wave(4, 2)
    gone = wave(7, 0) + wave(0, 5) + wave(5, 3)
    made = low_pass((kept + gone)[None, :, :, None], 6)[0, ..., 0]
    np.testing.assert_allclose(made, kept, atol=1e-5)


def test_a_filter_keeps_the_mean(twig, photos):
    plain = TABLE["saliency"]()(twig, photos, **ASKED).values
    made = FORGrad(cutoff=1)(twig, photos, **ASKED).values
    np.testing.assert_allclose(made.mean((1, 2)), plain.mean((1, 2)), atol=1e-6)
