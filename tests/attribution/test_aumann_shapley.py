"""Aumann-Shapley attribution against closed forms, axioms, and itself in other batches."""

from __future__ import annotations

import warnings
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from attrvis.attribution import AumannShapley
from attrvis.attribution.baselines import Blurred, Constant, Noise, Optimised, Sampled, Scene, Zero
from attrvis.attribution.targets import bind_target
from attrvis.errors import AttrVisWarning, BadValue, ModelError, UnknownName
from attrvis.objectives import channel, logit, mask_area, neuron
from tests import toys
from tests.toys import two

ZERO = AumannShapley(baseline=Zero())
numbers = st.integers(-40, 40).map(lambda v: v / 8)


def flat(made):
    return made.values.reshape(len(made.values), -1)


def test_a_linear_network_shares_by_its_weights(linear):
    matrix = matrix_of(linear)
    images = toys.noise(2, 4, 4, 3)
    for baseline, start in ((Zero(), 0.0), (Constant(0.25), 0.25)):
        for points in (1, 2, 32):
            made = AumannShapley(points=points, baseline=baseline)(linear, images, target=[2, 0])
            for i, target in enumerate((2, 0)):
                expected = (images[i].ravel() - start) * matrix[:, target]
                np.testing.assert_allclose(flat(made)[i], expected, atol=1e-6)
    assert made.status == "ok" and made.values.shape == images.shape


def matrix_of(net):
    zero = np.zeros((1, 4, 4, 3), np.float32)
    eye = np.eye(48, dtype=np.float32).reshape(48, 4, 4, 3)
    return (net.run(eye)["logits"] - net.run(zero)["logits"]).numpy()


@given(numbers, numbers, numbers)
def test_a_product_is_shared_by_halves(pair, x, y, start):
    made = quietly(AumannShapley(points=2, baseline=Constant(start)), pair, two((x, y)), target=0)
    expected = [(x - start) * (y + start) / 2, (y - start) * (x + start) / 2]
    np.testing.assert_allclose(flat(made)[0], expected, atol=1e-4)


def quietly(method, *args, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        return method(*args, **more)


@pytest.mark.parametrize(
    ("point", "target", "expected"),
    [
        ((3, 1), 2, (1.5, -0.5)),
        ((3, 1), 0, (1.5, 1.5)),
        ((2, -2), 1, (0, -2)),
        ((4, 2), 1, (0, 2)),
        ((4, 2), 3, (4, 0)),
    ],
)
def test_oracles(pair, point, target, expected):
    for rule in ("gauss-legendre", "midpoint"):
        made = AumannShapley(rule=rule, baseline=Zero())(pair, two(point), target=target)
        np.testing.assert_allclose(flat(made)[0], expected, atol=1e-5)
        assert made.gap == pytest.approx([0], abs=1e-5)


@pytest.mark.parametrize(("point", "expected"), [((2, 0), (1, 0)), ((3, 0), (2, 0))])
def test_oracles_of_another_baseline(pair, point, expected):
    """IG of relu(relu(x - 1) - relu(y)) from the baseline (1, 0)."""
    scene = Scene.of(pair, tf.constant(two(point)), "input", bind_target(pair, two(point), 2))
    zero = Zero().fit(scene)
    start = two((1, 0))
    moved = type(zero)(**{**vars(zero), "values": start, "score": scene.score(start)})
    made = ZERO.between(scene, moved)
    np.testing.assert_allclose(flat(made)[0], expected, atol=1e-6)


def test_where_all_is_silent_it_says_so(pair):
    with pytest.warns(AttrVisWarning, match=r"'input'.*zero everywhere"):
        made = ZERO(pair, two((-10, -5)), target=2)
    assert made.status == "no_gradient" and not made.values.any()


def test_the_logit_is_not_multiplied_in(linear):
    """Defect 1: the original weights every value by the logit itself, sign and all."""
    images = toys.noise(1, 4, 4, 3)
    for target in range(3):
        made = ZERO(linear, images, target=target)
        score = linear.run(images)["logits"].numpy()[0, target]
        at_zero = linear.run(images * 0)["logits"].numpy()[0, target]
        assert made.values.sum() == pytest.approx(score - at_zero, abs=1e-5)
        assert made.change[0] == pytest.approx(score - at_zero, abs=1e-5)


ORDERS = {"left": 1, "right": 1, "midpoint": 2, "trapezoid": 2}


@pytest.mark.parametrize("rule", ORDERS)
def test_the_gap_falls_at_the_order_of_the_rule(smooth, rule):
    point = two((1.5, 0.5))

    def gap(points):
        return abs(quietly(AumannShapley(points=points, rule=rule, baseline=Zero()), smooth, point,
                           target=0).gap[0])  # fmt: skip

    # A trapezoid of n + 1 points has n intervals.
    more = 1 if rule == "trapezoid" else 0
    ratio = gap(8 + more) / gap(16 + more)
    assert ratio == pytest.approx(2 ** ORDERS[rule], rel=0.1)


def test_gauss_legendre_needs_few_points(smooth):
    point = two((1.5, 0.5))
    made = AumannShapley(points=6, baseline=Zero())(smooth, point, target=0)
    total = np.exp(2.0) - 1
    np.testing.assert_allclose(flat(made)[0], np.array([1.5, 0.5]) / 2 * total, rtol=1e-6)
    assert made.relative_gap[0] < 1e-6
    # Three points are exact for the gradient of a fifth power.
    made = AumannShapley(points=3, baseline=Zero())(smooth, point, target=1)
    np.testing.assert_allclose(flat(made)[0], [1.5**5, 0.5**5], rtol=1e-5)


def test_a_gap_above_the_tolerance_is_said(smooth):
    with pytest.warns(AttrVisWarning, match=r"misses \d.*4 points are too few"):
        made = AumannShapley(points=4, rule="left", baseline=Zero())(
            smooth, two((1.5, 0.5)), target=0
        )
    assert made.status == "incomplete"


def test_points_are_doubled_while_the_gap_is_above_the_tolerance(smooth):
    point = two((1.5, 0.5))
    method = AumannShapley(
        points=4, rule="midpoint", tolerance=1e-3, refinements=5, baseline=Zero()
    )
    made = method(smooth, point, target=0)
    assert made.status == "ok" and made.relative_gap[0] <= 1e-3
    points = made.settings["points"]
    assert points in (8, 16, 32, 64, 128) and made.evaluations == 2 * points - 4
    same = AumannShapley(points=points, rule="midpoint", baseline=Zero(), tolerance=1e-3)
    np.testing.assert_array_equal(made.values, same(smooth, point, target=0).values)
    once = AumannShapley(points=4, rule="midpoint", tolerance=1e-9, refinements=1, baseline=Zero())
    assert quietly(once, smooth, point, target=0).status == "incomplete"


def test_what_the_baseline_costs_is_counted(twig, photos):
    """Each step of its optimisation is a gradient of every image; two passes score it."""
    method = AumannShapley(points=5, baseline=Optimised(steps=3, relaxations=1), tolerance=9)
    made = quietly(method, twig, photos, layer="join", target=[2, 0, 4])
    steps = made.settings["baseline_steps"]
    assert steps in (3, 6) and made.settings["baseline"] == "optimised"
    assert (made.evaluations, made.forwards) == (3 * (5 + steps), 3 * 2)
    ready = AumannShapley(points=5, baseline=Zero(), tolerance=9)(twig, photos, layer="join")
    assert (ready.evaluations, ready.forwards, ready.settings["baseline_steps"]) == (15, 6, 0)
    one = AumannShapley(points=5, baseline="quadratic", tolerance=9)
    assert quietly(one, twig, photos, layer="join", target=1).evaluations == 3 * (5 + 1)
    # Of a baseline that was made before, only the line is counted.
    scene = Scene.of(twig, tf.constant(photos), "join", bind_target(twig, photos, 1))
    held = quietly(Optimised(steps=3).fit, scene)
    between = method.between(scene, held)
    assert (between.evaluations, between.forwards) == (15, 0)


def test_several_baselines_are_averaged(twig, photos):
    def made(baseline):
        method = AumannShapley(points=5, baseline=baseline, tolerance=99)
        return method(twig, photos, target=1)

    both, each = made("black-and-white"), [made("zero"), made("constant:1")]
    np.testing.assert_allclose(both.values, (each[0].values + each[1].values) / 2, atol=1e-6)
    assert both.evaluations == 2 * each[0].evaluations


def test_refining_one_image_leaves_its_neighbours(smooth):
    method = AumannShapley(
        points=4, rule="midpoint", tolerance=1e-3, refinements=5, baseline=Zero()
    )
    points = two((1.5, 0.5), (0.01, 0.02), (0.5, 0.25))
    together = method(smooth, points, target=0)
    for i in range(3):
        alone = method(smooth, points[i : i + 1], target=0)
        np.testing.assert_allclose(together.values[i], alone.values[0], rtol=1e-6)


LAYERS = ["input", "stem", "left", "join", "shared#1", "inner/deep", "pool"]


@pytest.mark.parametrize("layer", LAYERS)
def test_completeness_at_every_layer(twig, photos, layer):
    made = AumannShapley(points=128, baseline=Zero(), tolerance=0.02)(twig, photos, layer=layer)
    own = twig.run(photos, ["logits", layer])
    if layer != "input":
        np.testing.assert_array_equal(made.values.shape, own[layer].shape)
    top = own["logits"].numpy().argmax(1)
    silenced = twig.run(photos, edit={layer: tf.zeros_like(own[layer])})["logits"].numpy()
    rows = np.arange(3)
    np.testing.assert_allclose(made.change, own["logits"].numpy()[rows, top] - silenced[rows, top],
                               atol=1e-5)  # fmt: skip
    assert (made.relative_gap < 0.02).all() and made.status == "ok"


@pytest.mark.parametrize("layer", ["left", "act"])
def test_a_batch_is_its_images_one_by_one(twig, photos, layer):
    method = AumannShapley(points=7, baseline=Constant(0.1), tolerance=9)
    together = method(twig, photos, layer=layer, target=[0, 3, 1])
    for i, target in enumerate((0, 3, 1)):
        alone = method(twig, photos[i : i + 1], layer=layer, target=target)
        scale = np.abs(alone.values).max()
        np.testing.assert_allclose(together.values[i], alone.values[0], atol=1e-5 * scale)
        np.testing.assert_allclose(together.change[i], alone.change[0], atol=1e-5)


@pytest.mark.parametrize("layer", ["left", "input"])
@pytest.mark.parametrize("batch_size", [1, 2, 5, 21, 1000])
def test_any_batch_size_gives_the_same(twig, photos, layer, batch_size):
    def made(size):
        method = AumannShapley(points=7, baseline=Zero(), batch_size=size, tolerance=9)
        return method(twig, photos, layer=layer, target=1).values

    expected = made("auto")
    scale = np.abs(expected).max()
    np.testing.assert_allclose(made(batch_size), expected, atol=1e-5 * scale)


@pytest.mark.parametrize(
    "baseline", [Optimised(steps=60), Noise(), Sampled(), Blurred()], ids=lambda b: b.kind
)
def test_no_image_sees_its_neighbours_through_the_baseline(twig, photos, baseline):
    method = AumannShapley(points=5, baseline=baseline, tolerance=9)
    together = quietly(method, twig, photos, layer="join", target=[2, 0, 4], seed=3)
    for i, target in enumerate((2, 0, 4)):
        alone = quietly(method, twig, photos[i : i + 1], layer="join", target=target, seed=3)
        scale = np.abs(alone.baseline).max()
        np.testing.assert_allclose(together.baseline[i], alone.baseline[0], atol=1e-4 * scale)
        scale = np.abs(alone.values).max()
        np.testing.assert_allclose(together.values[i], alone.values[0], atol=1e-3 * scale)


@settings(max_examples=10)
@given(st.lists(numbers, min_size=4, max_size=4), numbers)
def test_axioms(pair, points, factor):
    x, y, start, _ = points
    images = two((x, y), (y, x))
    method = AumannShapley(points=4, baseline=Constant(start), tolerance=1e9)
    product, first = logit(0), logit(3)

    def values(objective):
        return flat(quietly(method, pair, images, target=objective))

    # Symmetry: swapped inputs of a symmetric function swap their shares.
    np.testing.assert_allclose(values(product)[0], values(product)[1][::-1], atol=1e-4)
    # Dummy: what the objective does not read gets nothing.
    np.testing.assert_array_equal(values(first)[:, 1], 0)
    # Linearity, in the objective and in numbers.
    both = values(product + factor * first)
    np.testing.assert_allclose(both, values(product) + factor * values(first), atol=1e-3)
    np.testing.assert_allclose(values(5 - product), -values(product), atol=1e-4)


def test_any_objective_is_a_target(twig, photos):
    method = AumannShapley(points=64, baseline=Zero(), tolerance=0.05)
    inside = channel("inner", 2) - neuron("act", 1, 1, 1)
    made = method(twig, photos, layer="stem", target=inside)
    assert made.target == "inner:2 - act:1@1,1"
    assert (made.relative_gap < 0.05).all()
    for score in ("prob", "contrast_max"):
        assert np.abs(method(twig, photos, layer="act", target=1, score=score).values).max() > 0
    pixels = method(twig, photos, layer="input", target=channel("input", 0))
    np.testing.assert_allclose(pixels.values[..., 0], photos[..., 0] / 64, atol=1e-6)
    np.testing.assert_array_equal(pixels.values[..., 1:], 0)


def test_what_only_a_rendering_has_is_refused(twig, photos):
    with pytest.raises(ModelError, match="'alpha', which only a rendering has"):
        ZERO(twig, photos, layer="stem", target=logit(0) - mask_area(0.1))


def test_a_layer_that_does_not_feed_the_target_is_refused(twig, photos):
    for target in (channel("right", 0), channel("input", 0)):
        with pytest.raises(ModelError, match=r"'stem' does not feed"):
            ZERO(twig, photos, layer="stem", target=target)
    with pytest.raises(UnknownName, match="'stem'"):
        ZERO(twig, photos, layer="stme")


def test_a_value_that_is_not_finite_is_said(smooth, pair):
    with pytest.warns(AttrVisWarning, match="not finite"):
        made = ZERO(smooth, two((200.0, 1)), target=0)
    assert made.status == "nonfinite"
    with pytest.raises(BadValue, match="NaN or infinite"):
        ZERO(pair, two((np.nan, 1)), target=0)
    with pytest.raises(BadValue, match="no image"):
        ZERO(pair, np.zeros([0, 1, 1, 2], np.float32), target=0)


def test_a_second_call_traces_nothing(twig, photos):
    method = AumannShapley(points=3, baseline=Optimised(steps=2), tolerance=9)

    def call(target):
        return quietly(method, twig, photos, layer="shared", target=target)

    call([0, 1, 2])
    before = traces(twig)
    call([4, 4, 0])
    assert traces(twig) == before


def traces(net):
    evaluators = [v for k, v in net._remembered.items() if k[0] == "evaluator"]
    packs = sum(len(e._traces) for e in evaluators)
    steps = sum(v.experimental_get_tracing_count() for k, v in net._remembered.items()
                if k[0] == "optimised")  # fmt: skip
    return packs, steps, len(net._engine._compiled)


def test_the_same_seed_gives_the_same_bits(twig, photos):
    method = AumannShapley(points=3, baseline=Noise(), tolerance=9)

    def values(seed):
        return quietly(method, twig, photos, layer="stem", target=0, seed=seed).values

    np.testing.assert_array_equal(values(5), values(5))
    assert np.abs(values(5) - values(6)).max() > 0


def test_a_method_is_its_settings():
    assert AumannShapley(points=8) == AumannShapley(points=8) != AumannShapley(points=9)
    assert hash(AumannShapley(points=8)) == hash(AumannShapley(points=8))
    assert "points=8" in repr(AumannShapley(points=8))
    with pytest.raises(FrozenInstanceError):
        ZERO.points = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    "settings",
    [{"points": 0}, {"points": -1}, {"batch_size": 0}, {"batch_size": "all"}, {"batch_size": 1.5},
     {"rule": "trapezoid", "points": 1}, {"tolerance": -1}, {"refinements": -1}],
)  # fmt: skip
def test_settings_that_cannot_be(settings):
    with pytest.raises(BadValue):
        AumannShapley(**settings)


def test_an_unknown_rule_names_the_nearest():
    with pytest.raises(UnknownName, match="'midpoint'"):
        AumannShapley(rule="midpiont")


def test_a_baseline_may_be_named():
    from attrvis.attribution.baselines import named_baseline

    assert AumannShapley(baseline="blurred:0.2") == AumannShapley(
        baseline=named_baseline("blurred:0.2")
    )
    with pytest.raises(UnknownName, match="blurred"):
        AumannShapley(baseline="blured")
