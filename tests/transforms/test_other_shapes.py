"""Signals move along their length, volumes slice by slice; copies have keys of their own."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms import (
    Blur,
    Crop,
    Flip,
    GaussianNoise,
    Jitter,
    Pad,
    RandomCrops,
    Resize,
    Rotate,
    Scale,
    compose,
    copy_keys,
    masked,
    over_copies,
    per_copy,
)
from attrvis.transforms.batches import per_image

KEYS = seeds.image_keys(0, 2)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("exact", [False, True])
def test_a_signal_is_shifted_and_mirrored(exact):
    signal, chain = noise(2, 12, 3), compose(Pad(3), Jitter(5), exact=exact)
    found = chain(tf.constant(signal), KEYS, 1).numpy()
    padded = np.pad(signal, [(0, 0), (3, 3), (0, 0)])
    assert found.shape == (2, 13, 3) == chain.output_shape((2, 12, 3))
    for row in range(2):
        places = [np.array_equal(found[row], padded[row, n : n + 13]) for n in range(6)]
        assert sum(places) == 1
    assert np.array_equal(Flip(probability=1.0)(tf.constant(signal), KEYS), signal[:, ::-1])


def test_a_signal_is_scaled_about_its_middle():
    signal = noise(1, 15, 2)
    found = Scale(choices=(1.3,))(tf.constant(signal), KEYS[:1]).numpy()[0]
    for channel in range(2):
        expected = ndimage.affine_transform(
            signal[0, :, channel], [1 / 1.3], 7 - 7 / 1.3, order=1, mode="grid-constant"
        )
        assert found[:, channel] == pytest.approx(expected, abs=1e-5)
    assert Resize(30)(tf.constant(signal), KEYS[:1]).shape == [1, 30, 2]
    assert Crop(9)(tf.constant(signal), KEYS[:1]).numpy().tolist() == signal[:, 3:12].tolist()


def test_crops_and_noise_of_a_signal():
    chain = compose(RandomCrops(5, 3), GaussianNoise(0.1), Blur(1.0, 1.0))
    found = chain(tf.constant(noise(2, 40, 3)), KEYS, 1)
    assert (6, 5, 3) == chain.output_shape((2, 40, 3)) == tuple(found.shape)
    assert np.array_equal(found[3:], chain(tf.constant(noise(2, 40, 3))[1:], KEYS[1:], 1))


def test_a_signal_is_never_turned():
    with pytest.raises(BadValue, match="Rotate and Shear"):
        masked()(tf.ones([2, 40, 3]), KEYS)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "chain",
    [
        compose(Pad(2), Jitter(4), Flip(), Crop()),
        compose(Pad(2), Rotate(20.0), Scale(), Crop()),
        compose(RandomCrops(6, 2, 0.5, 0.9)),
    ],
)
def test_the_slices_of_a_volume_move_together(chain, exact):
    volume, chain = noise(2, 3, 9, 11, 2), compose(chain, exact=exact)
    found = chain(tf.constant(volume), KEYS, 1).numpy()
    assert found.shape == chain.output_shape((2, 3, 9, 11, 2))
    for depth in range(3):
        alone = chain(tf.constant(volume[:, depth]), KEYS, 1).numpy()
        assert found[:, depth] == pytest.approx(alone, abs=1e-6)


def test_a_volume_is_blurred_within_its_slices():
    volume = noise(2, 3, 9, 11, 2)
    found = Blur(1.0, 2.0)(tf.constant(volume), KEYS, 1).numpy()
    alone = Blur(1.0, 2.0)(tf.constant(volume[:, 1]), KEYS, 1).numpy()
    assert found[:, 1] == pytest.approx(alone, abs=1e-6)


def test_copies_have_keys_of_their_own():
    keys = copy_keys(KEYS, 3)
    assert keys.shape == [6, 2] and len(np.unique(keys.numpy(), axis=0)) == 6
    assert np.array_equal(copy_keys(KEYS[1:], 3), keys[3:])
    assert copy_keys(KEYS, 1) is KEYS


def test_what_belongs_to_an_image_is_repeated_and_averaged():
    values = tf.constant(noise(2, 4, 3))
    spread = per_copy(values, 5)
    assert np.array_equal(spread, np.repeat(values.numpy(), 5, axis=0))
    assert over_copies(spread, 5).numpy() == pytest.approx(values.numpy(), abs=1e-6)
    rows = noise(6, 2)
    expected = rows.reshape(2, 3, 2).mean(axis=1)
    assert over_copies(tf.constant(rows), 3).numpy() == pytest.approx(expected, abs=1e-6)
    assert over_copies(values, 1) is values and per_copy(values, 1) is values
    with pytest.raises(BadValue, match="3 rows are not 2 copies"):
        over_copies(tf.ones([3]), 2)


def test_one_image_at_a_time_whatever_the_batch():
    values = noise(5, 7)

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, 7])])
    def unknown(rows):
        return per_image(tf.reduce_sum, rows)

    found = per_image(tf.reduce_sum, tf.constant(values)).numpy()
    assert found == pytest.approx(values.sum(axis=1), abs=1e-5)
    assert np.array_equal(unknown(tf.constant(values)), found)
    assert np.array_equal(per_image(tf.reduce_sum, tf.constant(values[2:3])), found[2:3])
