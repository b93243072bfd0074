"""Chains fuse, replay, keep images apart, and show nothing from outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.transforms import (
    Chain,
    Crop,
    Flip,
    Jitter,
    Pad,
    Rotate,
    Scale,
    Shear,
    Transform,
    compose,
    identity,
    masked,
)

KEY = seeds.image_keys(0)
SIZES = [(64, 64), (51, 51), (40, 67), (33, 50)]


def images(*shape: int) -> tf.Tensor:
    return tf.constant(np.random.default_rng(0).random(shape).astype(np.float32))


@dataclass(frozen=True)
class Darken(Transform):
    """A transform that moves no pixel."""

    def __call__(self, images, keys, step=None):
        return 0.5 * images


def resamplings(chain: Chain) -> int:
    call = tf.function(lambda x: chain(x, KEY, 0), autograph=False)
    graph = call.get_concrete_function(tf.TensorSpec([1, 32, 32, 3])).graph
    return sum(op.type == "ImageProjectiveTransformV3" for op in graph.get_operations())


def test_geometric_neighbours_are_one_resampling():
    assert resamplings(masked(32)) == 1
    assert resamplings(Pad(2) | Scale() | Darken() | Scale() | Crop()) == 2
    assert resamplings(identity()) == 0
    assert resamplings(Pad(2) | Jitter(2) | Darken() | Flip() | Crop()) == 0


def test_a_bar_and_compose_are_the_same():
    long = compose(Pad(3), Jitter(2), Crop())
    assert (Pad(3) | Jitter(2) | Crop()) == long == compose(Pad(3) | Jitter(2), Crop())
    assert hash(long) == hash(Pad(3) | Jitter(2) | Crop())
    assert compose(compose(Pad(1), fill=0.3, exact=True), Crop()) == Chain(
        (Pad(1), Crop()), fill=0.3, exact=True
    )


def test_fused_is_one_after_the_other_where_no_draw_is_left():
    # A magnification by 2 and cropping: exact in either order of resampling.
    whole = compose(Pad(4), Scale(2.0, 2.0), Crop((9, 9)))(images(1, 21, 21, 3), KEY)
    padded = Pad(4)(images(1, 21, 21, 3), KEY)
    apart = Crop((9, 9))(Scale(2.0, 2.0)(padded, KEY), KEY)
    assert whole.numpy() == pytest.approx(apart.numpy(), abs=1e-6)


def by_hand(size: tuple[int, int], draws: np.ndarray) -> np.ndarray:
    """Multiply the maps of a known chain, (y, x, 1) of its output to that of its input."""

    def shift(y: float, x: float) -> np.ndarray:
        return np.array([[1, 0, y], [0, 1, x], [0, 0, 1]])

    def middle(linear: list[list[float]], height: int, width: int) -> np.ndarray:
        y, x = (height - 1) / 2, (width - 1) / 2
        whole = np.eye(3)
        whole[:2, :2] = linear
        return shift(y, x) @ whole @ shift(-y, -x)

    height, width = size
    jitter = shift(*np.floor(draws[:2] * 5))
    inner = (height + 2, width + 2)
    factor = 0.8 + 0.5 * draws[2]
    angle = np.radians(20.0) * (2 * draws[4] - 1)
    cos, sin = np.cos(angle), np.sin(angle)
    lean = np.tan(np.radians(10.0) * (2 * draws[5] - 1))
    mirror = np.diag([1.0, -1.0 if draws[6] < 0.5 else 1.0])
    maps = [
        shift(-3, -3),
        jitter,
        middle([[1 / factor, 0], [0, 1 / factor]], *inner),
        middle([[cos, sin], [-sin, cos]], *inner),
        middle([[1, 0], [lean, 1]], *inner),
        middle(mirror.tolist(), *inner),
        shift((inner[0] - height) // 2, (inner[1] - width) // 2),
    ]
    return np.linalg.multi_dot(maps)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_a_fused_chain_is_scipys(size, exact):
    steps = (Pad(3), Jitter(4), Scale(0.8, 1.3), Rotate(20.0), Shear(10.0), Flip(), Crop())
    batch, keys = images(3, *size, 2), seeds.image_keys(0, 3)
    found = compose(*steps, exact=exact)(batch, keys, 5).numpy()
    draws = seeds.uniform(seeds.stream(keys, "transforms 0", 5), [7]).numpy().astype(np.float64)
    for row in range(3):
        where = by_hand(size, draws[row])
        for channel in range(2):
            expected = ndimage.affine_transform(
                batch.numpy()[row, :, :, channel], where, order=1, mode="grid-constant"
            )
            assert found[row, :, :, channel] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_the_size_is_static_and_told(size):
    for chain in (masked(48), Pad(5) | Jitter(3), Jitter(4) | Crop((20, 21))):
        made = tf.function(chain, autograph=False).get_concrete_function(
            tf.TensorSpec([2, *size, 4]),
            tf.TensorSpec([2, 2], tf.int32),
            tf.TensorSpec([], tf.int32),
        )
        assert made.outputs[0].shape == [2, *chain.size(*size), 4]
    assert masked(48).size(*size) == size


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
def test_a_batch_is_its_images_alone_bit_for_bit(size, exact, compiled):
    chain, batch = masked(48, exact=exact), images(4, *size, 4)
    chain = tf.function(chain, autograph=False) if compiled else chain
    whole = chain(batch, seeds.image_keys([5, 6, 7, 5]), 3).numpy()
    for row, seed in enumerate((5, 6, 7, 5)):
        alone = chain(batch[row : row + 1], seeds.image_keys(seed), 3).numpy()
        assert np.array_equal(whole[row], alone[0])
    same = chain(tf.repeat(batch[:1], 2, axis=0), seeds.image_keys([1, 2]), 3).numpy()
    assert np.abs(same[0] - same[1]).max() > 0.1


def test_a_large_batch_is_its_images_alone_bit_for_bit():
    batch = images(21, 16, 16, 1)
    whole = masked(16)(batch, seeds.image_keys(0, 21), 1).numpy()
    alone = [masked(16)(batch[i : i + 1], seeds.image_keys(i), 1).numpy()[0] for i in range(21)]
    assert np.array_equal(whole, np.stack(alone))


def test_seed_and_step_replay():
    chain, batch = masked(48), images(1, 48, 48, 3)
    first = chain(batch, KEY, 4).numpy()
    assert np.array_equal(first, chain(batch, KEY, tf.constant(4)).numpy())
    assert not np.array_equal(first, chain(batch, KEY, 5).numpy())
    assert not np.array_equal(first, chain(batch, seeds.image_keys(1), 4).numpy())
    compiled = tf.function(lambda step: chain(batch, KEY, step), autograph=False)
    drawn = [compiled(tf.constant(step)).numpy() for step in range(6)]
    assert compiled.experimental_get_tracing_count() == 1
    assert drawn[4] == pytest.approx(first, abs=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_padding_is_never_evidence(size):
    chain = compose(Pad(6), Jitter(4), Scale(0.7, 0.8), Rotate(20.0), Crop())
    ones = tf.ones([1, *size, 1])
    for step in range(4):
        alpha = chain(ones, KEY, step).numpy()[0, :, :, 0]
        valid = chain.validity(*size, KEY, step).numpy()[0, :, :, 0]
        assert np.array_equal(alpha, valid)
        assert alpha.min() == 0 and alpha.max() == pytest.approx(1, abs=1e-6)
        middle = alpha[size[0] // 2 - 4 : size[0] // 2 + 4, size[1] // 2 - 4 : size[1] // 2 + 4]
        assert middle.min() == pytest.approx(1, abs=1e-6)
        assert max(alpha[0, 0], alpha[0, -1], alpha[-1, 0], alpha[-1, -1]) == 0
        between = (alpha > 1e-4) & (alpha < 1 - 1e-4)
        assert between.mean() < 4 * sum(size) / (size[0] * size[1]) * 0.8


def test_the_fill_is_what_is_outside():
    grey = compose(Pad(2), fill=0.5)(tf.ones([1, 4, 4, 1]), KEY).numpy()
    assert grey[0, 0, 0, 0] == 0.5 and grey[0, 3, 3, 0] == 1
    assert compose(Pad(2), fill=0.5).validity(4, 4, KEY).numpy()[0, 0, 0, 0] == 0


def test_the_fast_gradient_follows_the_exact_one():
    upstream = filters.blur(images(1, 64, 64, 3) - 0.5, 2.0)
    batch, found = images(1, 64, 64, 3), []
    for exact in (False, True):
        with tf.GradientTape() as tape:
            tape.watch(batch)
            moved = masked(64, exact=exact)(batch, KEY, 2)
        found.append(tape.gradient(moved, batch, output_gradients=upstream).numpy().ravel())
    assert np.corrcoef(*found)[0, 1] > 0.99


def test_a_gradient_reaches_the_image_through_a_function():
    batch = images(2, 24, 24, 3)

    @tf.function(autograph=False)
    def slope(x, step):
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(masked(24)(x, seeds.image_keys(0, 2), step))
        return tape.gradient(total, x)

    assert slope(batch, tf.constant(1)).numpy()[:, 8:16, 8:16].min() > 0.5


def test_masked_is_the_original_set_in_proportion():
    pad, wide, scale, rotate, narrow, crop = masked().steps
    assert (pad, wide, narrow, crop) == (Pad(12), Jitter(8), Jitter(2), Crop())
    assert (scale, rotate.degrees) == (Scale(0.9, 1.2), (12.0, 6.0, 2.0))
    assert masked(64, scale=(1.0, 1.3)).steps[:3] == (Pad(3), Jitter(2), Scale(1.0, 1.3))


def test_identity_changes_nothing():
    batch = images(2, 5, 7, 3)
    assert identity()(batch, seeds.image_keys(0, 2), 1) is batch


def test_chains_of_different_fills_are_not_mixed_up():
    one, two = compose(Pad(1), fill=0.3), compose(Crop(), fill=0.5)
    for mixed in (lambda: one | two, lambda: Chain((one,)), lambda: compose(one, two)):
        with pytest.raises(BadValue, match="fill"):
            mixed()
    assert compose(one, two, fill=0.1).fill == 0.1
    assert (identity() | one).fill == 0.3
    assert Chain((one, Pad(2)), fill=0.3).steps == (Pad(1), Pad(2))


def test_one_exact_chain_makes_the_whole_exact():
    exact = compose(Pad(1), exact=True)
    assert (identity() | exact).exact and Chain((exact,)).exact
    assert not compose(exact, exact=False).exact


def test_validity_knows_what_colours_do_not_touch():
    chain = Pad(3) | Darken() | Jitter(2)
    valid = chain.validity(8, 8, KEY, 1).numpy()
    assert valid.shape == (1, 12, 12, 1) and set(np.unique(valid)) == {0.0, 1.0}
    assert np.array_equal(valid, 2 * chain(tf.ones([1, 8, 8, 1]), KEY, 1).numpy())


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Chain(("jitter",)), "not a transform"),
        (lambda: Chain(fill=float("nan")), "finite"),
        (lambda: masked()(images(4, 4), KEY), "B, h, w, C"),
        (lambda: masked()(tf.ones([1, 0, 4, 3]), KEY), "empty"),
        (lambda: masked()(tf.ones([1, 9, 9, 3], tf.float64), KEY), "float32"),
        (lambda: masked()(images(2, 9, 9, 3), KEY), "2 images and 1 keys"),
        (lambda: identity()(images(4, 4, 3), KEY), "4 images and 1 keys"),
    ],
)
def test_wrong_things_are_refused(make, match):
    with pytest.raises(BadValue, match=match):
        make()
