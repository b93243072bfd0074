"""The algebra of objectives: exact, immutable, and said in words that mean what is computed."""

from __future__ import annotations

import operator

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from attrvis.errors import BadValue
from attrvis.objectives import Objective, channel, constant, logit, neuron

MAPS = np.random.default_rng(0).uniform(0.5, 2.0, (3, 4, 5, 6)).astype(np.float32)
READINGS = {"a": tf.constant(MAPS), "logits": tf.constant(MAPS[:, 0, 0, :])}
MEANS = MAPS.astype(np.float64).mean((1, 2))
UNITS = [channel("a", i) for i in range(3)]

numbers = st.integers(-4, 4).map(float) | st.sampled_from([0.5, 2.5, -1.5])


def value(objective):
    return np.broadcast_to(np.asarray(objective(READINGS), np.float64), (3,))


@st.composite
def pairs(draw, depth=3):
    """Draw an objective and, beside it, the same arithmetic in NumPy."""
    if depth == 0 or draw(st.booleans()):
        unit = draw(st.integers(0, 2))
        return UNITS[unit], MEANS[:, unit]
    left, plain = draw(pairs(depth - 1))
    op = draw(
        st.sampled_from(["+", "-", "*", "/", "neg", "**", "r+", "r-", "r*", "n+", "n-", "n*"])
    )
    if op == "neg":
        return -left, -plain
    if op == "**":
        return left**2, plain**2
    if op == "/":
        number = draw(st.sampled_from([0.5, 2.0, -4.0]))
        return left / number, plain / number
    apply = {"+": operator.add, "-": operator.sub, "*": operator.mul}[op[-1]]
    if op[0] == "r":
        number = draw(numbers)
        return apply(number, left), apply(number, plain)
    if op[0] == "n":
        number = draw(numbers)
        return apply(left, number), apply(plain, number)
    right, other = draw(pairs(depth - 1))
    return apply(left, right), apply(plain, other)


@given(pairs())
def test_it_computes_what_numpy_computes(pair):
    objective, expected = pair
    np.testing.assert_allclose(value(objective), expected, rtol=1e-4, atol=1e-4)


@settings(max_examples=200)
@given(pairs())
def test_the_description_read_as_arithmetic_means_the_same(pair):
    objective, expected = pair
    text = str(objective)
    for unit in range(3):
        text = text.replace(f"a:{unit}", f"MEANS[:, {unit}]")
    found = np.broadcast_to(eval(text, {"MEANS": MEANS}), (3,))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_known_answers():
    a, b, c = UNITS
    x, y, z = MEANS.T[:3]
    for objective, expected, text in [
        (a - b, x - y, "a:0 - a:1"),
        (5 - a, 5 - x, "5 - a:0"),
        (a / 2, x / 2, "a:0 / 2"),
        (2 / a, 2 / x, "2 / a:0"),
        (a**2, x**2, "a:0 ** 2"),
        (1 * a + 3 * b - 5 * c, x + 3 * y - 5 * z, "1 * a:0 + 3 * a:1 - 5 * a:2"),
        (-(a - b), y - x, "-(a:0 - a:1)"),
        ((a + b) * c, (x + y) * z, "(a:0 + a:1) * a:2"),
        ((a * b) ** 2, (x * y) ** 2, "(a:0 * a:1) ** 2"),
        (a / (b * c), x / (y * z), "a:0 / (a:1 * a:2)"),
        (a / (b / c), x / (y / z), "a:0 / (a:1 / a:2)"),
        (a - (b - c), x - (y - z), "a:0 - (a:1 - a:2)"),
        (-a * b, -x * y, "(-a:0) * a:1"),
        (a - -2, x + 2, "a:0 - (-2)"),
        (sum([a, b, c]), x + y + z, "0 + a:0 + a:1 + a:2"),
        (Objective.sum([a, b, c]), x + y + z, "a:0 + a:1 + a:2"),
    ]:
        np.testing.assert_allclose(value(objective), expected, rtol=1e-5)
        assert str(objective) == text


def test_they_never_change():
    a, b, _ = UNITS
    total = a + b
    before = str(a), a.parameters, a.terms, str(total), total.terms
    _ = total + a, total * 2, -total, total**2, total - 1, a - b
    assert (str(a), a.parameters, a.terms, str(total), total.terms) == before
    with pytest.raises(AttributeError):
        a.description = "other"  # type: ignore[misc]


def test_layers_are_listed_once():
    assert (channel("a", 0) + channel("b", 1) * channel("a", 2) - 3).layers == ("a", "b")
    assert constant(2).layers == ()


def test_a_sum_keeps_its_addends():
    a, b, c = UNITS
    assert [str(t) for t in (a + 2 * b - c).terms] == ["a:0", "2 * a:1", "-a:2"]
    assert [str(t) for t in ((a + b) + (c + a)).terms] == ["a:0", "a:1", "a:2", "a:0"]
    assert (a * b).terms == ()


def test_several_numbers_are_for_one_image_each():
    q = channel("a", [2, 0, 1]) * np.array([1.0, -1.0, 2.0])
    expected = MEANS[[0, 1, 2], [2, 0, 1]] * [1, -1, 2]
    np.testing.assert_allclose(value(q), expected, rtol=1e-5)
    # Rows of images in another order take their own numbers along.
    index = tf.constant([2, 0, 0, 1])
    picked = q.rows(index, q.parameters)
    rows = {"a": tf.gather(READINGS["a"], index)}
    np.testing.assert_allclose(q.evaluate(rows, picked), expected[[2, 0, 0, 1]], rtol=1e-5)


def test_numbers_for_all_images_are_not_picked_apart():
    q = neuron("a", 3, 1, 2) + channel("a", 1) * 2
    picked = q.rows(tf.constant([1, 1]), q.parameters)
    rows = {"a": tf.gather(READINGS["a"], [1, 1])}
    np.testing.assert_allclose(q.evaluate(rows, picked), np.repeat(value(q)[1], 2), rtol=1e-6)


def test_an_image_does_not_see_its_neighbours():
    q = logit(1, "contrast") + channel("a", 2) ** 2 - 0.1 * neuron("a", 0)
    whole = value(q)
    for i in range(3):
        alone = q({name: v[i : i + 1] for name, v in READINGS.items()})
        np.testing.assert_allclose(alone, whole[i : i + 1], rtol=1e-6)


def test_labels_are_looked_up_everywhere():
    q = logit("tabby") - 0.5 * logit("lynx") ** 2
    with pytest.raises(BadValue, match="'tabby' is not looked up yet"):
        q(READINGS)
    bound = q.with_labels({"tabby": 1, "lynx": 3}.__getitem__)
    scores = READINGS["logits"].numpy()
    np.testing.assert_allclose(value(bound), scores[:, 1] - 0.5 * scores[:, 3] ** 2, rtol=1e-5)
    np.testing.assert_allclose(value(bound.terms[0]), scores[:, 1])
    assert [p for p in q.parameters if isinstance(p, str)] == ["tabby", "lynx"]


def test_a_missing_reading_is_named():
    q = channel("a", 0) + channel("elsewhere", 1)
    with pytest.raises(BadValue, match=r"needs the reading 'elsewhere'.*there are: 'a', 'logits'"):
        q(READINGS)


@pytest.mark.parametrize("other", ["x", None, [1], True, (2,), {}])
def test_other_things_do_not_combine(other):
    for op in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
        with pytest.raises((BadValue, TypeError)):
            op(UNITS[0], other)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), np.ones((2, 2))])
def test_numbers_that_cannot_be(number):
    with pytest.raises(BadValue):
        UNITS[0] * number
    with pytest.raises(BadValue):
        constant(number)


def test_an_array_may_stand_on_either_side():
    a = UNITS[0]
    each = np.array([1.0, 2.0, -3.0])
    for objective, expected in [
        (each * a, each * MEANS[:, 0]),
        (each - a, each - MEANS[:, 0]),
        (each + a, each + MEANS[:, 0]),
        (each / a, each / MEANS[:, 0]),
        (a / each, MEANS[:, 0] / each),
        (np.float32(2) * a, 2 * MEANS[:, 0]),
        (np.int64(2) - a, 2 - MEANS[:, 0]),
        (a ** np.float64(2), MEANS[:, 0] ** 2),
    ]:
        assert isinstance(objective, Objective)
        np.testing.assert_allclose(value(objective), expected, rtol=1e-5)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_what_it_is(number):
    assert np.float32(str(constant(number))) == np.float32(number)


@pytest.mark.parametrize("add", [sum, Objective.sum])
def test_a_thousand_addends(add):
    q = add([UNITS[i % 3] * (i + 1) for i in range(1000)])
    weights = [sum(i + 1 for i in range(1000) if i % 3 == unit) for unit in range(3)]
    np.testing.assert_allclose(value(q), MEANS[:, :3] @ weights, rtol=1e-4)
    assert hash(q.structure) is not None and len(q.parameters) >= 2000
    assert str(q).endswith(" + a:0 * 1000")
    np.testing.assert_allclose(value(2 * (q - q)), 0, atol=1)


def test_numbers_for_another_count_of_images_are_refused():
    for q in (channel("a", [1, 2]), UNITS[0] * np.ones(4), logit([1, 2]) - 1):
        with pytest.raises(BadValue, match="but there are 3 here"):
            q(READINGS)
    # One entry serves all images.
    one = channel("a", [2]) * np.array([2.0]) + neuron("a", [2], [1], [1])
    np.testing.assert_allclose(value(one), 2 * MEANS[:, 2] + MAPS[:, 1, 1, 2], rtol=1e-5)


def test_an_empty_sum_is_refused():
    with pytest.raises(BadValue, match="at least one"):
        Objective.sum([])


def test_one_structure_is_one_trace_for_many_units():
    traces = []

    @tf.function
    def evaluate(maps, parameters):
        traces.append(1)
        return made.evaluate({"a": maps, "logits": maps[:, 0, 0]}, parameters)

    seen = set()
    for unit in range(6):
        q = channel("a", unit) - unit * logit(unit) + neuron("a", unit, unit % 4, 1)
        made = q
        seen.add(q.structure)
        found = evaluate(READINGS["a"], [tf.constant(p) for p in q.parameters])
        np.testing.assert_allclose(found, q(READINGS), rtol=1e-6)
    assert len(seen) == 1 and len(traces) == 1


def test_another_form_is_another_structure():
    a, b, _ = UNITS
    forms = [a, a + b, a - b, a * b, a / b, a**2, -a, a + 1, channel("b", 0), neuron("a", 0),
             logit(0), logit(0, "prob"), a + b + a, (a + b) * a, constant(1)]  # fmt: skip
    assert len({q.structure for q in forms}) == len(forms)
    assert (a + b).structure == (b + a).structure


def test_gradients_flow():
    maps = tf.constant(MAPS)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        total = tf.reduce_sum((channel("a", 0) ** 2 - channel("a", 1) / 2)({"a": maps}))
    slope = tape.gradient(total, maps).numpy()
    np.testing.assert_allclose(slope[0, 0, 0, 0], 2 * MEANS[0, 0] / 20, rtol=1e-5)
    np.testing.assert_allclose(slope[0, 0, 0, 1], -0.5 / 20, rtol=1e-5)
    assert not slope[..., 2:].any()
