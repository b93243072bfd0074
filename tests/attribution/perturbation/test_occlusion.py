"""Occlusion: known losses, a naive loop, borders, and what does not fit."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from attrvis.attribution import Occlusion, TiledOcclusion
from attrvis.attribution.perturbation.windows import boxes, painted
from attrvis.errors import BadValue, UnknownName
from tests import toys
from tests.attribution.perturbation import nets

SQUARE = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)


@pytest.fixture(scope="module")
def square():
    return nets.summing(4, 4, 1)


@pytest.fixture(scope="module")
def five():
    return nets.summing(5)


def at_grid(net, method, numbers, **more):
    return method(net, nets.row(*np.ravel(numbers)), target=0, layer="grid", **more).values[0]


@pytest.mark.parametrize(
    ("window", "stride", "expected"),
    [
        (2, 1, [[10, 12, 16, 18], [18, 20, 24, 26], [34, 36, 40, 42], [42, 44, 48, 50]]),
        (2, 2, [[10, 10, 18, 18], [10, 10, 18, 18], [42, 42, 50, 50], [42, 42, 50, 50]]),
        (3, 2, [[45, 45, 42, 39], [45, 45, 42, 39], [55.5, 55.5, 50, 44.5], [66, 66, 58, 50]]),
        (
            3,
            1,
            [
                [45, 49.5, 49.5, 54],
                [63, 67.5, 67.5, 72],
                [63, 67.5, 67.5, 72],
                [81, 85.5, 85.5, 90],
            ],
        ),
    ],
)
def test_sums_over_windows_of_a_square(square, window, stride, expected):
    made = at_grid(square, Occlusion(window, stride), SQUARE)
    np.testing.assert_allclose(made[..., 0], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("window", "stride", "expected"),
    [
        (2, 2, [3, 3, 12, 12, 16]),
        (3, 2, [7, 7, 17.5, 28, 28]),
        (3, 1, [7, 10.5, 49 / 3, 21, 28]),
    ],
)
def test_sums_over_windows_of_a_row(five, window, stride, expected):
    made = at_grid(five, Occlusion(window, stride), [1, 2, 4, 8, 16])
    np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_normalisations(five):
    numbers = [1, 2, 4, 8, 16]
    by_area = at_grid(five, Occlusion(2, 2, normalize="area"), numbers)
    np.testing.assert_allclose(by_area, [1.5, 1.5, 6, 6, 16], rtol=1e-6)
    summed = at_grid(five, Occlusion(3, 1, normalize="sum"), numbers)
    np.testing.assert_allclose(summed, [7, 21, 49, 42, 28], rtol=1e-6)


def test_captums_network_of_layers():
    net = nets.multi_layer()
    images = np.concatenate([nets.row(20, 50, 30), nets.row(2, 10, 3)])
    for method, expected in (
        (Occlusion((1, 1)), [[80, 200, 120], [8, 35, 12]]),
        (Occlusion((1, 2), (1, 1), "constant:10"), [[200, 220, 240]]),
        (Occlusion((1, 2), (1, 2)), [[280, 280, 120]]),
    ):
        made = method(net, images[: len(expected)], target=0).values[:, 0, :, 0]
        np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_captums_network_of_filters():
    net = nets.one_conv()
    assert net.run(SQUARE)["logits"].numpy() == pytest.approx(54)
    made = Occlusion((4, 4))(net, SQUARE + 1, target=0)
    np.testing.assert_allclose(made.values, 67, rtol=1e-6)
    assert made.forwards == 2


def test_captums_network_of_two_inputs():
    """Its inputs 0..15 and ones, which it adds, are the channels of one image here."""

    def build(x):
        summed = tf.reduce_sum(x, 3, keepdims=True)
        conv = tf.nn.conv2d(summed, tf.ones([3, 3, 1, 2]), 1, "VALID")
        hidden = tf.reshape(tf.nn.relu(tf.nn.bias_add(conv, [-50.0, -75.0])), [-1, 8])
        signs = np.float32([1, 1, 1, -1, 1, -1, 1, -1])[:, None]
        return tf.nn.relu(tf.matmul(hidden, np.repeat(signs, 4, 1)), name="scores")

    net = toys.network(build, 4, 4, 2, logits="scores")
    image = np.concatenate([SQUARE, np.ones_like(SQUARE)], axis=3)
    whole = Occlusion((4, 4, 1))(net, image, target=0).values[0]
    np.testing.assert_allclose(whole, np.broadcast_to([67, 13], (4, 4, 2)), rtol=1e-5)
    first = Occlusion((2, 3, 1), (2, 1, 1))(net, image, target=0).values[0, ..., 0]
    last = [64, 65.5, 65.5, 67]
    np.testing.assert_allclose(first, [[17] * 4, [17] * 4, last, last], rtol=1e-5)
    second = Occlusion((1, 2, 1), (1, 2, 1))(net, image, target=0).values[0, ..., 1]
    np.testing.assert_allclose(second, [[3] * 4, [3] * 4, [3] * 4, [0] * 4], atol=1e-4)


def test_deepexplains_oracle():
    net = nets.oracle()
    single = Occlusion((1, 1))(net, nets.row(3, 1), target=0).values.ravel()
    np.testing.assert_allclose(single, [1, -1], atol=1e-6)
    both = Occlusion((1, 2), normalize="area")(net, nets.row(3, 1), target=0).values.ravel()
    np.testing.assert_allclose(both, [0.5, 0.5], atol=1e-6)
    with pytest.warns(match="zero everywhere"):
        none = Occlusion((1, 1))(net, nets.row(-10, -5), target=0)
    assert not none.values.any() and none.status == "no_gradient"
    with pytest.raises(BadValue, match="stride of 2 leaves gaps"):
        Occlusion((1, 1), (1, 2))(net, nets.row(3, 1), target=0)


def naive(score, value, ground, window, stride):
    """Average, for every number, the losses of all windows that it lies in."""
    starts = [
        range(0, max(length - size, 0) + step, step)
        for length, size, step in zip(value.shape, window, stride, strict=True)
    ]
    total, count = np.zeros(value.shape), np.zeros(value.shape)
    for corner in itertools.product(*starts):
        inside = tuple(slice(c, c + size) for c, size in zip(corner, window, strict=True))
        without = value.copy()
        without[inside] = ground[inside]
        total[inside] += score(value) - score(without)
        count[inside] += 1
    return total / count


@pytest.mark.parametrize(
    ("window", "stride"), [((3, 2), (2, 1)), ((2, 5, 2), (1, 3, 1)), ((8, 8), (1, 1))]
)
@pytest.mark.parametrize("layer", ["input", "left"])
def test_a_naive_loop(twig, photos, window, stride, layer):
    made = Occlusion(window, stride, "blurred:0.1")(twig, photos[1:2], target=3, layer=layer)
    channels = twig.layer(layer).shape[-1]
    value = twig.run(photos[1:2], read=[layer])[layer].numpy()[0]

    def score(tensor):
        run = twig.run(tensor[None] if layer == "input" else photos[1:2],
                       **({} if layer == "input" else {"edit": {layer: tensor[None]}}))  # fmt: skip
        return float(run["logits"][0, 3])

    given = [(*n, channels) if len(n) == 2 else n for n in (window, stride)]
    expected = naive(score, value, made.baseline[0], *given)
    np.testing.assert_allclose(made.values[0], expected, atol=2e-5 * np.abs(expected).max())


def test_what_it_costs_and_tells(twig, photos):
    told = []
    made = Occlusion(3, 2, batch_size=5)(
        twig, photos, target=0, progress=lambda *given: told.append(given[:3])
    )
    # Four places along each axis, and the image itself.
    assert (made.forwards, made.evaluations) == (3 * 17, 0)
    assert [stage for stage, *_ in told] == ["occlusion"] * 11
    assert told[-1][1:] == (51, 51) and [done for _, done, _ in told] == sorted(
        done for _, done, _ in told
    )


def test_equal_places_share_a_trace(twig, photos):
    Occlusion(3, 2)(twig, photos[:1], target=0)
    count = nets.traces(twig)
    Occlusion((2, 5, 1), 1, "constant:1", "area", 7)(twig, photos, target=0)
    assert nets.traces(twig) == count


def test_the_same_as_its_baseline_gives_nothing(square):
    with pytest.warns(match="zero everywhere"):
        made = at_grid(square, Occlusion(2, 1, "constant:1"), np.ones(16))
    assert not made.any()


def test_default_windows():
    laid = Occlusion().windows([224, 224, 3])
    assert (laid.stops[0] == [28, 28, 3]).all() and len(laid.starts) == 15**2
    assert len(Occlusion().windows([5]).starts) == 5


@pytest.mark.parametrize(
    ("method", "says"),
    [
        (Occlusion(9), r"window of \(9, 9, 3\) is larger than layer 'input' of \(8, 8, 3\)"),
        (Occlusion((2, 2, 4), 1), r"larger than layer 'input'"),
        (Occlusion(2, 3), "leaves gaps"),
        (Occlusion((2, 2, 2, 2)), "fits no tensor of 3 axes"),
        (Occlusion(0.5), "whole number"),
        (Occlusion(-1), "whole number"),
        (Occlusion(3, (1, 0)), "whole number"),
        (Occlusion(0), "The window is a whole number from 1"),
        (Occlusion(3, 0), "The stride is a whole number from 1"),
        (Occlusion("big"), "not 'big'"),
        (Occlusion(math.nan), "whole number"),
        (TiledOcclusion(0), "The window is a whole number from 1"),
        (TiledOcclusion(shifts=math.inf), "The number of shifts is a whole number"),
        (TiledOcclusion(shifts=None), "not None"),
    ],
)
def test_windows_that_cannot_be(twig, photos, method, says):
    with pytest.raises(BadValue, match=says):
        method(twig, photos, target=0)


def test_unknown_words():
    with pytest.raises(UnknownName, match="'count'"):
        Occlusion(normalize="counts")
    with pytest.raises(UnknownName, match="'zero'"):
        Occlusion(baseline="zeros")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_painting_adds_each_number_to_its_box(data):
    shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    axes = []
    for length in shape:
        ends = st.tuples(st.integers(0, length), st.integers(0, length)).map(sorted).map(tuple)
        axes.append(data.draw(st.lists(ends, min_size=1, max_size=2)))
    windows = boxes(axes)
    numbers = toys.noise(2, len(windows.starts), seed=5).astype(np.float64)
    expected = np.zeros([2, *shape])
    for k, (start, stop) in enumerate(zip(windows.starts, windows.stops, strict=True)):
        inside = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        for i in range(2):
            expected[(i, *inside)] += numbers[i, k]
    made = np.broadcast_to(painted(windows, numbers, shape), expected.shape)
    np.testing.assert_allclose(made, expected, atol=1e-12)
