"""What every transform of the table promises, whatever it does."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms import TRANSFORMS, Geometric, as_transform, compose, per_copy

NAMES = TRANSFORMS.names
STILL = {"pad", "crop", "resize", "fit", "margin", "normalize_gradient", "identity"}
"""Those that draw nothing."""
TURNING = {"rotate", "shear", "masked", "standard", "distill", "atlas", "alpha", "inversion"}
FLAT = {*TURNING, "robust"}
"""Those that a signal cannot take."""
SIZE = (40, 49)


def made(name: str):
    return as_transform(name, SIZE)


def rgba(batch: int, *size: int, channels: int = 4) -> tf.Tensor:
    values = np.random.default_rng(0).random([batch, *size, channels]).astype(np.float32)
    if channels == 4:
        values[..., :3] *= values[..., 3:]
    return tf.constant(values)


def slope(transform, images: tf.Tensor, keys: tf.Tensor) -> np.ndarray:
    with tf.GradientTape() as tape:
        tape.watch(images)
        output = transform(images, keys, 1)
    upstream = np.random.default_rng(1).standard_normal(output.shape[1:]).astype(np.float32)
    each = tf.broadcast_to(tf.constant(upstream), output.shape)
    return tape.gradient(output, images, output_gradients=each).numpy()


@pytest.mark.parametrize("channels", [1, 3, 4, 6])
@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_finite_and_of_the_told_shape(name, channels):
    transform, images = made(name), rgba(2, *SIZE, channels=channels)
    found = transform(images, seeds.image_keys(0, 2), 1)
    assert found.dtype == tf.float32 and np.isfinite(found.numpy()).all()
    assert found.shape == transform.output_shape(images.shape)
    assert len(found) == 2 * transform.copies
    assert tuple(found.shape[1:3]) == transform.frame(SIZE, SIZE)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_value(name):
    one, two = made(name), made(name)
    assert one == two and hash(one) == hash(two) and repr(one) == repr(two)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_its_images_alone_bit_for_bit(name, compiled):
    transform, images = made(name), rgba(3, *SIZE)
    call = tf.function(transform, autograph=False) if compiled else transform
    step = tf.constant(2)
    whole = call(images, seeds.image_keys([4, 9, 4]), step).numpy()
    n = transform.copies
    for row, seed in enumerate((4, 9, 4)):
        alone = call(images[row : row + 1], seeds.image_keys(seed), step).numpy()
        assert np.array_equal(whole[row * n : (row + 1) * n], alone)


@pytest.mark.parametrize("name", NAMES)
def test_key_and_step_decide_the_draw(name):
    transform, images = made(name), rgba(1, *SIZE)
    keys = seeds.image_keys(3)
    drawn = [transform(images, keys, step).numpy() for step in range(8)]
    assert np.array_equal(drawn[5], transform(images, keys, tf.constant(5)))
    assert np.array_equal(transform(images, keys), transform(images, keys, None))
    others = [transform(images, seeds.image_keys(seed), 5).numpy() for seed in range(8)]
    for several in (drawn, others):
        alike = [np.array_equal(several[0], other) for other in several[1:]]
        assert all(alike) if name in STILL else not all(alike)


@pytest.mark.parametrize("name", NAMES)
def test_one_trace_serves_all_steps(name):
    transform, images, keys = made(name), rgba(2, *SIZE), seeds.image_keys(0, 2)
    call = tf.function(transform, autograph=False)
    for step in range(3):
        found = call(images, keys, tf.constant(step))
        expected = transform(images, keys, step).numpy()
        assert found.numpy() == pytest.approx(expected, abs=1e-5)
    assert call.experimental_get_tracing_count() == 1
    assert found.shape == transform.output_shape(images.shape)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_batch_is_no_other(name):
    transform, images, keys = made(name), rgba(2, *SIZE), seeds.image_keys(0, 2)
    call = tf.function(
        lambda x, k: transform(x, k, 1),
        autograph=False,
        input_signature=[
            tf.TensorSpec([None, *SIZE, 4]),
            tf.TensorSpec([None, 2], tf.int32),
        ],
    )
    assert call(images, keys).numpy() == pytest.approx(transform(images, keys, 1).numpy(), abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_reaches_the_image_and_is_repeatable(name):
    transform, images, keys = made(name), rgba(2, *SIZE), seeds.image_keys(0, 2)
    found = slope(transform, images, keys)
    assert np.isfinite(found).all() and (np.abs(found).reshape(2, -1).max(axis=1) > 1e-3).all()
    for _ in range(3):
        assert np.array_equal(found, slope(transform, images, keys))
    assert np.array_equal(found[1:], slope(transform, images[1:], keys[1:]))


@pytest.mark.parametrize("name", [n for n in NAMES if n != "normalize_gradient"])
def test_the_exact_gradient_is_that_of_a_small_step(name):
    transform, images, keys = compose(made(name), exact=True), rgba(1, *SIZE), seeds.image_keys(7)
    whole = transform(images, keys, 1)
    weights = np.random.default_rng(1).standard_normal(whole.shape[1:]).astype(np.float32)
    way = tf.constant(np.random.default_rng(2).standard_normal(images.shape).astype(np.float32))
    told = float(np.sum(slope(transform, images, keys) * way.numpy(), dtype=np.float64))
    far = 0.05
    ahead, behind = (transform(images + s * far * way, keys, 1).numpy() for s in (1, -1))
    change = float(np.sum((ahead - behind) * weights, dtype=np.float64)) / (2 * far)
    norm = (
        float(np.linalg.norm(weights))
        * len(whole) ** 0.5
        * float(np.linalg.norm((ahead - behind) / (2 * far)))
    )
    assert told == pytest.approx(change, abs=2e-4 * norm)
    assert norm > 1


@pytest.mark.parametrize("name", NAMES)
def test_alpha_is_carried_along(name):
    transform, keys = made(name), seeds.image_keys(0, 2)
    opaque = tf.concat([rgba(2, *SIZE, channels=3), tf.ones([2, *SIZE, 1])], axis=-1)
    found = transform(opaque, keys, 1).numpy()
    assert found.shape[-1] == 4
    valid = compose(transform).validity(*SIZE, keys, None)
    assert valid.shape == [*found.shape[:-1], 1]
    assert valid.numpy().min() >= 0 and valid.numpy().max() <= 1 + 1e-5
    if name not in ("margin", "blur", "xplique", "collapse_alpha"):
        own = compose(transform)
        alpha = own(opaque, keys, 3).numpy()[..., 3:]
        assert alpha == pytest.approx(own.validity(*SIZE, keys, 3).numpy(), abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_empty_stays_empty(name):
    if name in ("margin", "collapse_alpha"):
        pytest.skip("these fill on purpose")
    found = made(name)(tf.zeros([2, *SIZE, 4]), seeds.image_keys(0, 2), 1).numpy()
    assert not found.any()


@pytest.mark.parametrize("name", NAMES)
def test_signals_and_volumes_work_or_are_refused(name):
    transform, keys = made(name), seeds.image_keys(0, 2)
    volume = rgba(2, 3, *SIZE)
    if name == "collapse_alpha":
        with pytest.raises(BadValue, match="have a background"):
            transform(volume, keys, 1)
    else:
        assert transform(volume, keys, 1).shape == transform.output_shape(volume.shape)
    signal = rgba(2, 40, channels=3)
    if name in FLAT:
        with pytest.raises(BadValue, match="cannot be turned"):
            transform(signal, keys, 1)
    else:
        found = transform(signal, keys, 1)
        assert found.shape == transform.output_shape(signal.shape)
        assert np.isfinite(found.numpy()).all()


@pytest.mark.parametrize("name", NAMES)
def test_wrong_images_are_refused(name):
    transform = made(name)
    for images in (tf.ones(SIZE), tf.ones([1, *SIZE, 3], tf.float16), tf.ones([1, 0, 40, 3])):
        with pytest.raises(BadValue):
            transform(images, seeds.image_keys(0), 1)
    with pytest.raises(BadValue, match="keys"):
        transform(rgba(2, *SIZE), seeds.image_keys(0, 3), 1)


@pytest.mark.parametrize("name", NAMES)
def test_it_composes_with_its_neighbours(name):
    chain = compose("pad", name, "gaussian_noise", "crop") if name != "pad" else made(name) | name
    images, keys = rgba(2, 220, 220), seeds.image_keys(0, 2)
    found = chain(images, keys, 1)
    assert found.shape == chain.output_shape(images.shape)


@pytest.mark.parametrize("name", [n for n in NAMES if isinstance(as_transform(n, 64), Geometric)])
def test_geometric_ones_keep_a_mean_that_is_everywhere(name):
    transform, keys = made(name), seeds.image_keys(0, 2)
    valid = compose(transform).validity(*SIZE, keys, 1)
    grey = transform(tf.fill([2, *SIZE, 2], 0.7), keys, 1).numpy()
    assert grey == pytest.approx(0.7 * np.repeat(valid.numpy(), 2, axis=3), abs=1e-5)
    values = per_copy(tf.constant([0.0, 1.0]), transform.copies)
    one = tf.reshape(tf.constant([0.0, 1.0]), [2, 1, 1, 1]) * tf.ones([2, *SIZE, 1])
    tops = transform(one, keys, 1).numpy().max(axis=(1, 2, 3))
    assert tops == pytest.approx(values.numpy(), abs=1e-5)
