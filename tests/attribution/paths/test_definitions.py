"""Path methods by hand and by loops, as their papers define them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from attrvis.attribution import TABLE, Scene, bind_target
from attrvis.attribution.paths import xrai
from attrvis.attribution.paths.agi import AGI, other_classes
from attrvis.attribution.paths.blur_ig import BlurIG, blur_matrix
from attrvis.attribution.paths.guided_ig import GuidedIG
from attrvis.attribution.paths.idgi import IDGI
from attrvis.attribution.paths.integrated_gradients import IntegratedGradients
from attrvis.attribution.paths.lpi import LPI, LocalReferences, local_references
from attrvis.attribution.paths.recalibrated import Recalibrated
from attrvis.attribution.paths.xrai import XRAI, fast, full, segments
from tests import toys
from tests.attribution.paths.test_recalibration import gradients

ASKED = {"target": [0, 3, 1]}


def scene_of(net, photos, target, seed=0):
    images = tf.constant(photos)
    return Scene.of(net, images, "input", bind_target(net, images, target), seed)


def adversarial(method, net, photo, target):
    """List what each step to each class contributes."""
    ways = []
    for other in other_classes(scene_of(net, photo, target), method.classes)[0]:
        at, terms = photo, []
        for _ in range(method.steps):
            start = photo if method.path == "from_input" else at
            step = method.epsilon * np.sign(gradients(net, at, int(other)))
            after = np.clip(start + step, 0, 1).astype(np.float32)
            looked = after if method.gradient_at == "post" else at
            terms.append((start - after) * gradients(net, looked, target))
            at = after
        ways.append(terms)
    return ways


@pytest.mark.parametrize("path", ["from_input", "cumulative"])
@pytest.mark.parametrize("at", ["post", "pre"])
def test_adversarial_ways(twig, photos, path, at):
    photo = np.clip(photos[:1] * 1.4 - 0.2, 0, 1)  # some of it at the ends of the range
    method = AGI(classes=2, steps=3, epsilon=0.1, path=path, gradient_at=at)
    ways = adversarial(method, twig, photo, 0)
    wanted = np.sum([term for way in ways for term in way], axis=0)
    made = method(twig, photo, target=0).values
    np.testing.assert_allclose(made, wanted, atol=1e-4 * np.abs(wanted).max())


@pytest.mark.parametrize("rule", ["valid_ip", "valid_ref"])
def test_adversarial_ways_recalibrated(twig, photos, rule):
    method = AGI(classes=3, steps=2, path="cumulative")
    ways = adversarial(method, twig, photos[:1], 0)
    judged = [t for way in ways for t in way] if rule == "valid_ip" else [sum(w) for w in ways]
    terms = np.stack(judged)
    wanted = np.where(terms >= 0, terms, 0).sum(0) / np.maximum((terms >= 0).sum(0), 1)
    made = Recalibrated(method, rule)(twig, photos[:1], target=0).values
    np.testing.assert_allclose(made, wanted, atol=1e-4 * wanted.max())


def test_classes_are_drawn_by_the_seed(twig, photos):
    drawn = {tuple(other_classes(scene_of(twig, photos, 0, seed), 2)[0]) for seed in range(8)}
    assert len(drawn) > 3


def held(references, shares, centres):
    return LocalReferences(*(np.asarray(n, np.float32) for n in (references, shares, centres)))


def test_each_image_starts_from_its_own_neighbourhood(twig, photos):
    centres = twig.run(photos[:2])["logits"].numpy() + 0.001
    references = toys.noise(2, 2, 8, 8, 3, seed=5)
    shares = [[0.25, 0.75], [0.6, 0.4]]
    both = LPI(held(references, shares, centres), steps=4)
    made = both(twig, photos[[1, 0, 1]], target=[0, 3, 1]).values
    for i, cluster in enumerate((1, 0, 1)):
        own = held(references[cluster][None], [shares[cluster]], centres[:1])
        alone = LPI(own, steps=4)(twig, photos[[cluster]], target=ASKED["target"][i]).values
        np.testing.assert_allclose(made[i], alone[0], atol=1e-5 * np.abs(alone).max())


def test_references_without_a_data_set_count_alike(linear):
    """Of a linear network the mean way times the weights: even noise is 1/2 on average."""
    from tests.attribution.conftest import WEIGHTS

    photo, w = np.ones((1, 4, 4, 3), np.float32), WEIGHTS[:, 1].reshape(1, 4, 4, 3)
    share = LPI()(linear, photo, target=1).values / w
    assert share.mean() == pytest.approx(0.5, abs=0.05)


@pytest.fixture(scope="module")
def plane():
    """A network whose logits are the two numbers of its one pixel."""

    def build(x):
        return tf.identity(tf.reshape(x, [-1, 2]), name="scores")

    return toys.network(build, 1, 1, 2, logits="scores")


def test_references_of_crowds(plane):
    """Near zero three stand together and one apart; far away are two pairs."""
    near = [(0, 0), (0.1, 0), (0.05, 0), (3, 3)]
    far = [(50, 50), (50.2, 50), (50.1, 50), (58, 58), (58.2, 58), (58.1, 58)]
    found = local_references(plane, toys.two(*near, *far), clusters=2, references=2)
    first, second = np.argsort(found.centres[:, 0])
    shown = found.images[:, :, 0, 0]
    crowd = np.argsort(shown[first][:, 0])
    np.testing.assert_allclose(shown[first][crowd], [(0.05, 0), (3, 3)], atol=1e-6)
    np.testing.assert_allclose(found.shares[first][crowd], [0.75, 0.25])
    np.testing.assert_allclose(np.sort(shown[second][:, 0]), [50.1, 58.1], rtol=1e-6)
    np.testing.assert_allclose(found.shares[second], [0.5, 0.5])
    np.testing.assert_allclose(found.centres[first], np.mean(near, axis=0), rtol=1e-5)


@pytest.mark.parametrize(("rule", "wanted"), [("valid_ref", (0.75, 0)), ("valid_ip", (0.375, 0))])
def test_nothing_counts_as_valid(pair, rule, wanted):
    """From (-5, 0) the middle is silent, which counts; from (1, 0), of weight 3/4, comes (2, -1).

    A whole way is twice the half that is left at its middle.
    """
    references = toys.two((-5, 0), (1, 0))[None]
    method = LPI(held(references, [[0.25, 0.75]], np.zeros((1, 5))), steps=1)
    made = Recalibrated(method, rule)(pair, toys.two((3, 1)), target=2).values.ravel()
    np.testing.assert_allclose(made, wanted, atol=1e-6)


@pytest.mark.parametrize("even", [False, True])
def test_blurs_of_a_photo_that_is_not_square(even):
    """Of a sum of squares: what sharpens in a step times twice the blur half-way."""

    def build(x):
        return tf.identity(tf.reduce_sum(x**2, [1, 2, 3])[:, None], name="scores")

    net, photo = toys.network(build, 6, 10, 1, logits="scores"), toys.noise(1, 6, 10, 1, seed=4)
    share = np.linspace(0, 1, 5)
    sigmas = 0.3 * 10 * (np.sqrt(share) if even else share)

    def blurred(sigma):
        one = photo[0, ..., 0].astype(np.float64)
        return gaussian_filter(one, sigma, mode="constant") if sigma else one

    wanted = sum(
        (blurred(sharp) - blurred(dull)) * 2 * blurred((sharp + dull) / 2)
        for sharp, dull in pairwise(sigmas)
    )
    made = BlurIG(4, max_sigma=0.3, even=even, tolerance=9)(net, photo, target=0)
    np.testing.assert_allclose(made.values[0, ..., 0], wanted, atol=1e-5)
    np.testing.assert_allclose(made.baseline[0, ..., 0], blurred(3.0), atol=1e-5)


def test_no_blur_is_too_small_to_blur():
    assert blur_matrix(5, 0.1)[0, 1] > 0 and blur_matrix(5, 0.1).shape == (5, 5)


def curve(compute, count):
    def build(x):
        numbers = tf.unstack(tf.reshape(x, [-1, count]), axis=1)
        return tf.identity(compute(*numbers)[:, None], name="scores")

    return toys.network(build, 1, 1, count, logits="scores")


GUIDED = [
    # The one with the smaller slope goes first, whole; then the other, with its slope there.
    (lambda a, b: a + 2 * b + a * b, 2, {"steps": 2, "max_dist": 1.0, "fraction": 0.1}, (1, 3)),
    # Its size counts, not its sign.
    (lambda a, b: a - 2 * b + a * b, 2, {"steps": 2, "max_dist": 1.0, "fraction": 0.1}, (1, -1)),
    # One of four at a time, or two that go half their way together.
    (lambda a, b, c, d: a + 2 * b + 30 * c + 40 * d + a * b, 4,
     {"steps": 4, "max_dist": 1.0, "fraction": 0.25}, (1, 3, 30, 40)),
    (lambda a, b, c, d: a + 2 * b + 30 * c + 40 * d + a * b, 4,
     {"steps": 4, "max_dist": 1.0, "fraction": 0.5}, (1.25, 2.25, 30, 40)),
    # Half-way none is more than a quarter from its place: 3/4, 2/4, 1/4.
    (lambda a, b, c: a + 2 * b + 10 * c + a * c, 3,
     {"steps": 2, "max_dist": 0.25, "fraction": 0.1}, (1.0625, 2, 10.5625)),
]  # fmt: skip


@pytest.mark.parametrize(("compute", "count", "settings", "wanted"), GUIDED)
def test_guided_paths_by_hand(compute, count, settings, wanted):
    net = curve(compute, count)
    made = GuidedIG(**settings)(net, np.ones((1, 1, 1, count), np.float32), target=0)
    np.testing.assert_allclose(made.values.ravel(), wanted, rtol=1e-5)


def test_idgi_by_a_loop(twig, photos):
    """Each step's change of the target by the squares of the gradient at its beginning."""
    photo, total, edges = photos[:1], 0.0, np.linspace(0, 1, 4)
    score = [twig.run((photo * u).astype(np.float32))["logits"].numpy()[0, 2] for u in edges]
    for number, u in enumerate(edges[:-1]):
        square = gradients(twig, (photo * u).astype(np.float32), 2) ** 2
        total = total + (score[number + 1] - score[number]) * square / square.sum()
    made = IDGI(steps=3)(twig, photo, target=2).values
    np.testing.assert_allclose(made, total, atol=2e-5 * np.abs(total).max())


def masks(*inside, width=6):
    return [np.isin(np.arange(width), one)[None] for one in inside]


@pytest.mark.parametrize("gather", [full, fast])
def test_the_denser_region_is_taken_first(gather):
    """Two pixels of 10; then what is left of five whose sum is larger, but not their mean."""
    values = np.array([[10.0, 10, 3, 3, 3, 3]])
    made = gather(values, masks([1, 2, 3, 4, 5], [0, 1]), 1)
    np.testing.assert_allclose(made, values)


def test_what_is_left_of_a_region_is_ranked_anew():
    """Of the second region only a 0 is left, so the third goes before it, unless ranked once."""
    values = np.array([[10.0, 10, 0, 8, 1, 1]])
    regions = masks([0, 1], [1, 2], [2, 3])
    np.testing.assert_allclose(full(values, regions, 1), [[10, 10, 4, 4, 1, 1]])
    np.testing.assert_allclose(fast(values, regions, 1), [[10, 10, 0, 8, 1, 1]])


def test_a_region_gets_the_mean_and_the_rest_its_own():
    values = np.array([[10.0, 6, 0, 8, 1, 4]])
    made = full(values, masks([0, 1], [3]), 2)
    # One new pixel is too few; it goes to the rest.
    np.testing.assert_allclose(made, [[8, 8, 3.25, 3.25, 3.25, 3.25]])


@pytest.mark.parametrize(("speed", "third"), [("full", 4.0), ("fast", 0.0)])
def test_xrai_takes_the_strongest_colour_and_the_speed_it_was_given(monkeypatch, speed, third):
    """Of each pixel's three numbers the largest counts; the photo itself is what is gathered."""

    def build(x):
        return tf.identity(tf.reduce_sum(x, [1, 2, 3])[:, None], name="scores")

    net = toys.network(build, 1, 6, 3, logits="scores")
    photo = np.zeros((1, 1, 6, 3), np.float32)
    photo[0, 0, :, 1] = [10, 10, 0, 8, 1, 1]
    regions = masks([0, 1], [1, 2], [2, 3])
    monkeypatch.setattr(xrai, "segments", lambda image: regions)
    made = XRAI("gradient-times-input", speed=speed)(net, photo, target=0).values[0, 0, :, 0]
    np.testing.assert_allclose(made[:3], [10, 10, third])
    # Fifty pixels of 224 x 224 are less than one of six; thirty thousand are four.
    none = XRAI("gradient-times-input", speed=speed, least=30000)(net, photo, target=0).values
    np.testing.assert_allclose(none[0, 0, :, 0], 5)


def test_segments_come_at_six_scales_and_overlap(monkeypatch):
    monkeypatch.setattr(xrai, "_SIDE", 64)
    photo = np.zeros((64, 64, 3), np.float32)
    photo[:, 32:] = 1
    found = np.stack(segments(photo))
    assert len(found) >= 12 and found.any(0).all() and found.sum() > 6.1 * 64 * 64
    assert len(segments(0 * photo)) == 6


def test_what_is_adapted_does_not_hang_on_the_size_of_the_score():
    net = curve(lambda a, b: tf.nn.sigmoid(30 * (a + b) - 20), 2)
    x = np.full((1, 1, 1, 2), 0.6, np.float32)
    method = IntegratedGradients(64, "adaptive", tolerance=0.02)
    taken = [
        method(net, x, target=objective).settings["steps_taken"]
        for objective in ("logits:0", "100 * logits:0", "0.1 * logits:0")
    ]
    assert taken[0] == taken[1] == taken[2] and 5 < taken[0][0] < 64


def test_what_is_adapted_takes_no_more_than_it_may():
    """Of many parts several are halved at a time, but of the last steps only what is left."""
    net = curve(lambda a, b: tf.nn.sigmoid(30 * (a + b) - 20), 2)
    x = np.full((1, 1, 1, 2), 0.6, np.float32)
    for most in (20, 34, 35, 67):
        made = IntegratedGradients(most, "adaptive", tolerance=1e-9)(net, x, target=0)
        assert made.settings["steps_taken"] == [most] and made.evaluations == most


def test_squared_and_smoothed_keep_their_baseline(twig, photos):
    plain = IntegratedGradients(16, baseline="constant:0.3")(twig, photos, **ASKED).values
    for name, wanted in (("sg-ig", plain), ("sq-ig", plain**2)):
        method = TABLE[name](samples=1, noise=0.0, baseline="constant:0.3")
        made = method(twig, photos, **ASKED).values
        np.testing.assert_allclose(made, wanted, atol=1e-5 * np.abs(wanted).max())
