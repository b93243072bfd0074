"""Every objective against its formula, written out slowly in float64."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attrvis import objectives as ob

RNG = np.random.default_rng(11)
X = RNG.normal(size=(3, 4, 5, 6)).astype(np.float32)
TOKENS = RNG.normal(size=(3, 7, 6)).astype(np.float32)
FLAT = RNG.normal(size=(3, 6)).astype(np.float32)
PICTURE = RNG.uniform(0, 1, (2, 9, 12, 3)).astype(np.float32)
VECTOR = RNG.normal(size=6)
READ = {"x": X, "tokens": TOKENS, "flat": FLAT, "input": PICTURE}


def same(objective, expected, rtol=2e-5, atol=1e-5):
    np.testing.assert_allclose(objective(READ), expected, rtol=rtol, atol=atol)


def cosine_power(a, v, power, floor=0.1):
    a, v = np.asarray(a, np.float64), np.asarray(v, np.float64)
    dot = (a * v).sum()
    cos = dot / np.sqrt((a * a).sum()) / np.sqrt((v * v).sum())
    return dot * max(floor, cos) ** power


def everywhere(values, power, vector=VECTOR, floor=0.1):
    rows = values.reshape(len(values), -1, 6)
    return [np.mean([cosine_power(a, vector, power, floor) for a in row]) for row in rows]


@pytest.mark.parametrize("layer", ["x", "tokens", "flat"])
@pytest.mark.parametrize("power", [0, 1, 2.5])
def test_a_direction_has_a_true_cosine(layer, power):
    same(ob.direction(layer, VECTOR, power), everywhere(READ[layer], power))
    found = ob.direction(layer, VECTOR, power, floor=0.5)
    same(found, everywhere(READ[layer], power, floor=0.5))


@given(st.integers(-30, 30))
def test_a_cosine_has_no_unit(exponent):
    scale = np.float32(2.0**exponent)
    plain = ob.direction("x", VECTOR, 2)({"x": X})
    found = ob.direction("x", VECTOR, 2)({"x": X * scale}) / scale
    np.testing.assert_allclose(found, plain, rtol=1e-4)


def test_a_direction_at_a_place():
    middle = [cosine_power(x[2, 2], VECTOR, 2) for x in X]
    same(ob.direction_at("x", VECTOR, power=2), middle)
    same(ob.direction_at("x", VECTOR, 1, 4, 2), [cosine_power(x[1, 4], VECTOR, 2) for x in X])
    places = [(0, 1), (3, 4), (2, 0)]
    each = [cosine_power(x[p], VECTOR, 2) for x, p in zip(X, places, strict=True)]
    y, x = zip(*places, strict=True)
    same(ob.direction_at("x", VECTOR, y, x, 2), each)
    same(ob.direction_at("tokens", VECTOR, 5), TOKENS[:, 5] @ VECTOR)


@pytest.mark.parametrize(
    ("h", "w", "top", "left"), [(1, 1, 2, 2), (2, 3, 1, 1), (3, 4, 1, 0), (4, 5, 0, 0)]
)
def test_a_map_of_directions_meets_the_middle(h, w, top, left):
    vectors = RNG.normal(size=(h, w, 6))
    expected = [
        np.mean(
            [
                cosine_power(x[top + i, left + j], vectors[i, j], 2)
                for i in range(h)
                for j in range(w)
            ]
        )
        for x in X
    ]
    same(ob.direction_map("x", vectors, 2), expected)


@pytest.mark.parametrize("layer", ["x", "tokens", "flat"])
def test_a_caricature_and_its_relatives(layer):
    values = READ[layer].astype(np.float64)
    photo = RNG.normal(size=(1, *values.shape[1:]))
    rows, own = values.reshape(3, -1, 6), photo.reshape(-1, 6)
    pairs = [list(zip(row, own, strict=True)) for row in rows]
    expected = [np.mean([cosine_power(a, r, 2) for a, r in p]) for p in pairs]
    same(ob.caricature(layer, photo, 2), expected)
    axes = tuple(range(1, values.ndim))
    far = ((values - photo) ** 2).sum(axes) / (photo**2).sum()
    same(ob.activation_l2(layer, photo), far)
    same(ob.inversion(layer, photo), -far)
    same(ob.content(layer, photo), np.abs(values - photo).mean(axes))
    same(ob.content(layer, photo, mean_l1=False), ((values - photo) ** 2).mean(axes))
    same(ob.input_difference(photo, of=layer), np.sqrt(((values - photo) ** 2).mean(axes)))


def test_what_is_at_its_reference():
    for q in (ob.activation_l2("x", X), ob.content("x", X), ob.style("x", X)):
        same(q, 0, atol=1e-5)
    same(ob.input_difference(X, of="x"), 0, atol=2e-6)
    for q in (ob.activation_l2("x", X), ob.content("x", X), ob.input_difference(X, of="x")):
        values = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(values)
            found = q({"x": values})
        np.testing.assert_array_equal(tape.gradient(found, values), 0)


def test_a_layer_and_its_mixtures():
    same(ob.layer("x"), (X.astype(float) ** 2).mean((1, 2, 3)))
    same(ob.weighted_channels("x", VECTOR), X.mean((1, 2)) @ VECTOR)
    one = np.eye(6)[4]
    same(ob.weighted_channels("tokens", one), TOKENS[..., 4].mean(1))
    same(ob.weighted_neuron("x", VECTOR), X[:, 2, 2] @ VECTOR)
    same(ob.weighted_neuron("x", one, 3, 0), X[:, 3, 0, 4])
    several = RNG.normal(size=(3, 6))
    same(ob.weighted_channels("x", several), (X.mean((1, 2)) * several).sum(1))


def test_a_window():
    same(ob.local_group("x", 1, 2, 3, 2), X[:, 1:4, 2:4].mean((1, 2, 3)))
    same(ob.local_group("x", 1, 2, 3, 2, VECTOR), X[:, 1:4, 2:4].mean((1, 2)) @ VECTOR)
    same(ob.local_group("x", None, None, 2, 3), X[:, 1:3, 1:4].mean((1, 2, 3)))
    same(ob.local_group("x", None, None, 4, 5), X.mean((1, 2, 3)))
    same(ob.local_group("tokens", 2, None, 3, 1), TOKENS[:, 2:5].mean((1, 2)))
    each = [X[i, y : y + 2, x : x + 2].mean() for i, (y, x) in enumerate([(0, 3), (2, 0), (1, 1)])]
    same(ob.local_group("x", [0, 2, 1], [3, 0, 1], 2, 2), each)


def gram(values):
    rows = values.astype(np.float64).reshape(-1, values.shape[-1])
    return sum(np.outer(a, a) for a in rows) / len(rows)


@pytest.mark.parametrize("layer", ["x", "tokens", "flat"])
def test_a_style_is_a_gram_matrix_over_its_positions(layer):
    photo = RNG.normal(size=(1, 11, 6))
    apart = np.array([gram(v) - gram(photo[0]) for v in READ[layer]])
    same(ob.style(layer, photo), np.abs(apart).mean((1, 2)))
    same(ob.style(layer, photo, mean_l1=False), (apart**2).mean((1, 2)))
    same(ob.style(layer, grams=ob.gram(photo).numpy()), np.abs(apart).mean((1, 2)))


def test_a_running_style_has_the_mean_as_value_and_the_gradient_of_the_current():
    target, running = gram(X[0])[None] * 2, np.stack([gram(x) for x in X[::-1]])
    mean = 0.9 * running + 0.1 * np.stack([gram(x) for x in X])
    q = ob.style("x", grams=target, mean_l1=False, running=running, decay=0.9)
    same(q, ((mean - target) ** 2).mean((1, 2)))
    given = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(given)
        found = q({"x": given})
        # The same slope of the distance, through the current matrix whole.
        current = ob.gram(given)
        linear = tf.reduce_sum(current * (2 * (mean - target) / 36).astype(np.float32))
    slopes = tape.gradient(found, given), tape.gradient(linear, given)
    np.testing.assert_allclose(*slopes, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layer", ["x", "tokens", "flat"])
def test_diversity_is_the_sum_over_pairs(layer):
    grams = [gram(v) / np.linalg.norm(gram(v)) for v in READ[layer]]
    shares = [sum((grams[i] * grams[j]).sum() for j in range(3) if j != i) / 3 for i in range(3)]
    same(ob.diversity(layer), shares)
    total = np.linalg.norm(sum(grams)) ** 2 - sum(np.linalg.norm(g) ** 2 for g in grams)
    assert float(tf.reduce_sum(ob.diversity(layer)(READ))) == pytest.approx(total / 3, rel=1e-4)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
def test_alignment_is_the_sum_over_pairs(count):
    values = RNG.normal(size=(count, 4, 2))
    wanted = 0.0
    for d in range(1, 5):
        for i in range(count - d):
            wanted -= ((values[i] - values[i + d]) ** 2).mean() / 3.0**d
    found = ob.alignment("a", decay=3)({"a": values.astype(np.float32)})
    assert found.shape == (count,)
    assert float(tf.reduce_sum(found)) == pytest.approx(wanted, rel=1e-5)
    if count == 2:
        assert float(found[0]) == pytest.approx(float(found[1]))


def test_an_interpolation_goes_from_one_to_the_other():
    first, second = X[..., 1].mean((1, 2)), TOKENS[..., 4].mean(1)
    wanted = [first[0], (first[1] + second[1]) / 2, second[2]]
    same(ob.channel_interpolation("x", 1, "tokens", 4, steps=3), wanted)


def blurred(picture, size):
    """Average over each pixel's square, its outermost pixels by half, within the picture."""
    h, w, _ = picture.shape
    half = size // 2
    found = np.zeros_like(picture, np.float64)
    for y in range(h):
        for x in range(w):
            total, weight = 0.0, 0.0
            for dy in range(-half, half + 1):
                for dx in range(-half, half + 1):
                    if 0 <= y + dy < h and 0 <= x + dx < w:
                        share = 0.5 if half in (abs(dy), abs(dx)) else 1.0
                        total = total + share * picture[y + dy, x + dx].astype(np.float64)
                        weight += share
            found[y, x] = total / weight
    return found


@pytest.mark.parametrize("size", [3, 5])
def test_a_blur_each_step(size):
    apart = [p - blurred(p, size) for p in PICTURE]
    q = ob.blur_each_step(size=size)
    same(q, [0.5 * (d**2).sum() for d in apart], rtol=1e-4)
    picture = tf.constant(PICTURE)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        total = q({"input": picture})
    # The blur is taken as fixed, so the slope is the difference itself.
    np.testing.assert_allclose(tape.gradient(total, picture), apart, atol=1e-5)


def test_a_border():
    rough = np.array([(blurred(p, 5) - p) ** 2 + 0.8 * (p - 0.4) ** 2 for p in PICTURE]).sum(-1)
    border = np.ones((9, 12))
    border[2:-2, 2:-2] = 0
    same(ob.boundary_complexity(2, C=0.4), (rough * border).sum((1, 2)), rtol=1e-4)
    weights = RNG.uniform(size=(9, 12))
    same(ob.boundary_complexity(mask=weights, C=0.4), (rough * weights).sum((1, 2)), rtol=1e-4)
    same(ob.boundary_complexity(0), [0, 0])
    same(ob.boundary_complexity(50, C=0.4), rough.sum((1, 2)), rtol=1e-4)


def test_penalties_of_size():
    down, across = np.abs(np.diff(PICTURE, axis=1)), np.abs(np.diff(PICTURE, axis=2))
    same(ob.total_variation(), down.sum((1, 2, 3)) + across.sum((1, 2, 3)))
    np.testing.assert_allclose(
        ob.total_variation()(READ), tf.image.total_variation(tf.constant(PICTURE)), rtol=1e-5
    )
    same(ob.l1(constant=0.5), np.abs(PICTURE - 0.5).sum((1, 2, 3)))
    same(ob.l2("x", constant=-1), np.sqrt(((X.astype(float) + 1) ** 2).sum((1, 2, 3)) + 1e-6))
    same(ob.l2("x", eps=4.0), np.sqrt((X.astype(float) ** 2).sum((1, 2, 3)) + 4))


@pytest.mark.parametrize("size", [(8, 6), (7, 5), (1, 4), (5, 1)])
@pytest.mark.parametrize("power", [0, 1, 2])
def test_a_spectrum_over_all_frequencies(size, power):
    picture = RNG.normal(size=(2, *size, 3)).astype(np.float32)
    energy = np.abs(np.fft.fft2(picture, axes=(1, 2))) ** 2 / np.prod(size) ** 2
    f = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])[None]) / 0.5
    expected = (energy * f[None, ..., None] ** power).sum((1, 2)).mean(-1)
    found = ob.spectral(power=power)({"input": picture})
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    if power == 0:
        np.testing.assert_allclose(found, (picture**2).mean((1, 2, 3)), rtol=1e-4)


def test_attributions_of_chosen_units():
    evidence = RNG.normal(size=(4, 5, 6))
    kept = np.where(np.isin(np.arange(6), [1, 4]), evidence, 0)
    expected = (X * kept).sum((1, 2, 3)) / np.abs(kept).sum()
    same(ob.neuron_attribution("x", evidence, [1, 4]), expected)
    weights = np.abs(kept).sum((0, 1))
    channels = ob.channel_attribution("x", np.abs(evidence), [1, 4])
    same(channels, X.mean((1, 2)) @ weights / weights.sum())
    photo = np.abs(X[1])
    for make in (ob.neuron_attribution, ob.channel_attribution):
        q = make("x", np.abs(evidence), [1, 4], photo)
        assert float(q({"x": 3 * photo[None]})[0]) == pytest.approx(3, rel=1e-5)


def test_tokens_may_be_weighted():
    evidence = RNG.uniform(0.1, 1, (3, 7, 6))
    expected = (TOKENS * evidence).sum((1, 2)) / evidence.sum((1, 2))
    same(ob.weighted("tokens", evidence, batched=True), expected)
    one = (TOKENS * evidence[0]).sum((1, 2)) / evidence[0].sum()
    same(ob.weighted("tokens", evidence[0], batched=False), one)
