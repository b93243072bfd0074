"""Wrappers: closed forms of noise, and weights that come back bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.attribution import TABLE, Method
from attrvis.attribution.method import Found
from attrvis.attribution.wrappers.averaged_baselines import AveragedBaselines
from attrvis.attribution.wrappers.for_grad import FORGrad, low_pass
from attrvis.attribution.wrappers.noise_grad import FusionGrad, NoiseGrad, calibrate_sigma
from attrvis.attribution.wrappers.noise_tunnel import NoiseTunnel, SmoothTaylor
from attrvis.errors import BadValue, UnknownName
from attrvis.networks.roles import live, roles
from tests import toys

ASKED = {"target": [0, 3, 1]}


@pytest.fixture(scope="module")
def square():
    def build(x):
        return tf.identity(tf.reduce_sum(x**2, [1, 2, 3])[:, None], name="scores")

    return toys.network(build, 3, 3, 1, logits="scores")


def ramp():
    return np.linspace(0.5, 1.5, 9, dtype=np.float32).reshape(1, 3, 3, 1)


def test_noise_tunnel_on_squares(square):
    """Gradients of x^2 under noise s: 2x, 4x^2 + 4s^2, 4s^2."""
    asked = {"samples": 400, "noise": 0.3}
    found = {
        kind: NoiseTunnel("saliency", kind=kind, **asked)(square, ramp(), target=0).values
        for kind in ("mean", "square", "variance")
    }
    np.testing.assert_allclose(found["mean"], 2 * ramp(), atol=0.12)
    np.testing.assert_allclose(found["square"], 4 * ramp() ** 2 + 0.36, rtol=0.15)
    np.testing.assert_allclose(found["variance"], 0.36 + 0 * ramp(), rtol=0.35)
    np.testing.assert_allclose(found["square"] - found["mean"] ** 2, found["variance"], atol=1e-4)


@pytest.mark.parametrize("name", ["saliency", "integrated-gradients", "grad-cam"])
def test_without_noise_each_wrapper_is_its_method(twig, photos, name):
    plain = TABLE[name]()(twig, photos, **ASKED).values
    none = (
        NoiseTunnel(name, samples=2, noise=0.0),
        NoiseGrad(name, networks=2, weight_noise=0.0),
        FusionGrad(name, networks=1, weight_noise=0.0, samples=2, noise=0.0),
    )
    for method in none:
        made = method(twig, photos, **ASKED)
        np.testing.assert_allclose(made.values, plain, atol=1e-6 * np.abs(plain).max())


def test_fusion_grad_is_noise_tunnel_or_noise_grad_at_its_ends(twig, photos):
    tunnel = NoiseTunnel("saliency", samples=3)(twig, photos, **ASKED).values
    fused = FusionGrad(networks=1, weight_noise=0.0, samples=3)(twig, photos, **ASKED).values
    np.testing.assert_allclose(fused, tunnel, atol=1e-6 * np.abs(tunnel).max())
    noisy = NoiseGrad(networks=3)(twig, photos, **ASKED).values
    fused = FusionGrad(networks=3, samples=1, noise=0.0)(twig, photos, **ASKED).values
    np.testing.assert_allclose(fused, noisy, atol=1e-6 * np.abs(noisy).max())


class Trail(Method):
    """Keeps the gradient of every call."""

    name = "trail"

    def __init__(self):
        self.seen = []

    def attribute(self, scene):
        gradient, _ = scene.gradient()
        self.seen.append(gradient.numpy())
        return Found(gradient)


@pytest.mark.parametrize(("kind", "spread"), [("multiplicative", None), ("additive", 1.0)])
def test_noise_grad_on_a_linear_network(kind, spread):
    """Of y = wx the mean gradient is w, its deviation w s, or s times the weights' own spread."""
    weights = np.linspace(1, 4, 300, dtype=np.float32)[:, None]

    def build(x):
        return tf.matmul(tf.reshape(x, [-1, 300]), weights, name="scores")

    net = toys.network(build, 10, 10, 3, logits="scores")
    trail = Trail()
    made = NoiseGrad(trail, networks=80, weight_noise=0.2, kind=kind)
    found = made(net, toys.noise(1, 10, 10, 3), target=0).values.ravel()
    wanted = 0.2 * (weights.ravel() if spread is None else weights.std() + 0 * weights.ravel())
    np.testing.assert_allclose(found, weights.ravel(), atol=4.5 * wanted.max() / np.sqrt(80))
    deviation = np.std([one.ravel() for one in trail.seen], axis=0) / wanted
    assert deviation.mean() == pytest.approx(1, abs=0.03)


def test_noise_grad_on_a_product_of_weights():
    """Of y = abx the gradient's variance is (ab)^2 ((1 + s^2)^2 - 1): 0.0816 of it at 0.2."""
    a, b = np.linspace(1, 4, 300, dtype=np.float32), np.linspace(3, 1, 300, dtype=np.float32)

    def build(x):
        both = tf.reshape(x, [-1, 300]) * tf.constant(a) * tf.constant(b)
        return tf.reduce_sum(both, 1, keepdims=True, name="scores")

    net, trail = toys.network(build, 10, 10, 3, logits="scores"), Trail()
    NoiseGrad(trail, networks=80, weight_noise=0.2)(net, toys.noise(1, 10, 10, 3), target=0)
    share = np.var([one.ravel() / (a * b) for one in trail.seen], axis=0)
    assert share.mean() == pytest.approx(0.0816, rel=0.05)


def test_running_statistics_are_left_alone(twig):
    """Of a normalisation the scale and the offset get noise; found by ops, not by names."""
    import keras

    nets = {"keras": twig, "frozen": attrvis.load(toys.frozen(toys.keras_model()))}
    for net in nets.values():
        loose = live(net)
        held = roles(loose.lowered)
        values = {n: v.read() for n, v in loose.lowered.variables().items()}
        still = [values[n] for n, role in held.items() if role.statistic and n in values]
        model = toys.keras_model()
        norm = next(x for x in model.get_layer("inner").layers if "norm" in x.name)
        wanted = [w.numpy() for w in (norm.moving_mean, norm.moving_variance)]
        assert len(still) == 2
        for one in wanted:
            assert any(np.allclose(one, other) for other in still)
    numbers = {kind: sorted(r.number for r in roles(live(n).lowered).values())
               for kind, n in nets.items()}  # fmt: skip
    assert numbers["keras"] == numbers["frozen"] and keras


@pytest.mark.parametrize("make", [NoiseGrad, FusionGrad])
def test_weights_come_back_after_an_error(make, photos):
    class Broken(Method):
        name = "broken"

        def attribute(self, scene):
            raise ZeroDivisionError

    model = toys.keras_model()
    net = attrvis.load(model, preprocess="unit")
    before = [w.copy() for w in model.get_weights()]
    with pytest.raises(ZeroDivisionError):
        make(Broken())(net, photos, target=0)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_smooth_taylor_on_squares(square):
    """The mean of (x - z) 2z over z = x + e is -2 s^2."""
    made = SmoothTaylor(samples=4000, noise=0.3)(square, ramp(), target=0).values
    np.testing.assert_allclose(made, -0.18 + 0 * ramp(), atol=0.06)


def test_averaged_baselines_add_up_to_the_mean_change(twig, photos):
    inner = TABLE["integrated-gradients"](steps=256)
    made = AveragedBaselines(inner, ("zero", "constant:0.5"))(twig, photos, **ASKED)
    each = [
        TABLE["integrated-gradients"](steps=256, baseline=b)(twig, photos, **ASKED)
        for b in ("zero", "constant:0.5")
    ]
    mean = np.mean([one.values for one in each], axis=0)
    np.testing.assert_allclose(made.values, mean, atol=1e-6 * np.abs(mean).max())
    np.testing.assert_allclose(made.change, np.mean([one.change for one in each], axis=0))
    assert made.relative_gap.max() < 0.05


def test_low_frequencies_stay():
    rows, columns = np.mgrid[0:16, 0:24]
    slow = np.cos(2 * np.pi * 2 * columns / 24)
    fast = np.cos(2 * np.pi * 9 * columns / 24) + np.cos(2 * np.pi * 8 * rows / 16)
    made = low_pass((slow + fast)[None, :, :, None], 5)[0, ..., 0]
    np.testing.assert_allclose(made, slow, atol=1e-5)


def test_a_high_cutoff_changes_nothing(twig, photos):
    plain = TABLE["saliency"]()(twig, photos, **ASKED).values
    made = FORGrad(cutoff=99)(twig, photos, **ASKED).values
    np.testing.assert_allclose(made, plain, atol=1e-6)
    assert np.abs(FORGrad(cutoff=1)(twig, photos, **ASKED).values - plain).max() > 1e-3


def test_calibrated_noise_costs_what_was_asked(twig):
    images = toys.noise(40, 8, 8, 3, seed=3)
    labels = twig.run(images)["logits"].numpy().argmax(1)
    small = calibrate_sigma(twig, images, labels, drop=0.05, rounds=5)
    large = calibrate_sigma(twig, images, labels, drop=0.6, rounds=5)
    assert 0 < small < large <= 1


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: NoiseTunnel("salience"), UnknownName),
        (lambda: NoiseTunnel(kind="median"), UnknownName),
        (lambda: NoiseTunnel(samples=0), BadValue),
        (lambda: NoiseTunnel("noise-tunnel"), BadValue),
        (lambda: NoiseGrad(weight_noise=-1.0), BadValue),
        (lambda: NoiseGrad(kind="double"), UnknownName),
        (lambda: FusionGrad(samples=0), BadValue),
        (lambda: SmoothTaylor(noise=float("inf")), BadValue),
        (lambda: AveragedBaselines("saliency"), BadValue),
        (lambda: AveragedBaselines(baselines=()), BadValue),
        (lambda: AveragedBaselines(baselines=("zerro",)), UnknownName),
        (lambda: FORGrad(cutoff=0.0), BadValue),
    ],
)
def test_what_is_refused(make, error):
    with pytest.raises(error):
        make()


def test_calibration_needs_a_network_that_knows_something(twig, photos):
    worst = twig.run(photos)["logits"].numpy().argmin(1)
    with pytest.raises(BadValue, match="guessing"):
        calibrate_sigma(twig, photos, worst)
    with pytest.raises(BadValue, match="3 images"):
        calibrate_sigma(twig, photos, [0])
    with pytest.raises(BadValue, match="between 0 and 1"):
        calibrate_sigma(twig, photos, worst, drop=1.0)
