"""Whatever stands for a transform becomes one; functions too; what does not is named."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue, UnknownName
from attrvis.transforms import (
    Chain,
    Crop,
    Jitter,
    Pad,
    RandomCrops,
    Resize,
    as_transform,
    compose,
    custom,
    identity,
    masked,
)

KEY = seeds.image_keys(0)
ONES = tf.ones([1, 6, 6, 3])


def halve(images):
    return 0.5 * images


def shift(images, keys, step=None):
    return images + tf.reshape(seeds.uniform(seeds.stream(keys, "shift", step), [1]), [-1, 1, 1, 1])


@pytest.mark.parametrize(
    "things",
    [
        [Pad(2), Jitter(1), Crop()],
        (Pad(2), (Jitter(1), [Crop()])),
        (transform for transform in (Pad(2), Jitter(1), Crop())),
        iter([Pad(2) | Jitter(1), Crop()]),
        Pad(2) | Jitter(1) | Crop(),
        [identity(), Chain((Pad(2), Jitter(1), Crop()))],
    ],
)
def test_sequences_of_any_kind_are_one_chain(things):
    assert as_transform(things) == Chain((Pad(2), Jitter(1), Crop()))


def test_a_bar_takes_anything_on_either_side():
    chain = Chain((Pad(2), Jitter(8), Crop()))
    assert Pad(2) | ["jitter", Crop()] == chain
    assert [Pad(2), "jitter"] | Crop() == chain
    assert (identity() | chain) == (chain | identity()) == chain
    mixed = halve | Pad(1) | halve
    assert [type(step).__name__ for step in mixed.steps] == ["Custom", "Pad", "Custom"]
    assert mixed(ONES, KEY).numpy()[0, 1, 1, 0] == 0.25


def test_nothing_and_names():
    assert as_transform("identity") == identity() and identity()(ONES, KEY) is ONES
    assert as_transform("masked") == masked() and as_transform("masked", 64) == masked(64)
    assert as_transform("masked", (64, 80)) == masked(64)
    assert as_transform("pad", 64) == Pad()
    assert as_transform("resize", 64) == Resize(64)
    assert as_transform("random_crops", (5, 7)) == RandomCrops((5, 7))
    assert as_transform(["standard", "crop"], 64).steps[-1] == Crop(64)
    with pytest.raises(UnknownName, match="'jitter'"):
        as_transform("jiter")
    with pytest.raises(UnknownName, match="'masked'"):
        compose(Pad(2), "maskd")


def test_functions_become_transforms():
    chain = compose(halve, Pad(1))
    assert chain.size(6, 6) == (8, 8)
    assert chain(ONES, KEY).numpy()[0, 1, 1, 0] == 0.5
    assert chain == compose(halve, Pad(1)) and hash(chain) == hash(compose(halve, Pad(1)))
    assert chain.validity(6, 6, KEY).numpy().sum() == 36
    assert np.array_equal(compose(tf.identity)(ONES, KEY), ONES)
    assert np.array_equal(compose(tf.keras.layers.Rescaling(0.5))(ONES, KEY), 0.5 * ONES)


def test_functions_may_take_keys_and_the_step():
    found = custom(shift)(tf.zeros([2, 3, 3, 1]), seeds.image_keys(0, 2), 4).numpy()
    assert found[0, 0, 0] != found[1, 0, 0]
    alone = custom(shift)(tf.zeros([1, 3, 3, 1]), seeds.image_keys(1), 4).numpy()
    assert np.array_equal(found[1], alone[0])
    chain = compose(shift, shift)
    one, two = (chain(tf.zeros([1, 3, 3, 1]), KEY, step).numpy() for step in (1, 2))
    assert one[0, 0, 0] != two[0, 0, 0]
    every = custom(lambda *all_of_it: all_of_it[0])
    assert np.array_equal(every(ONES, KEY), ONES)


def test_functions_tell_the_size_that_they_give():
    half = custom(lambda x: x[:, ::2, ::2], lambda size: ((size[0] + 1) // 2, (size[1] + 1) // 2))
    chain = compose(half, Pad(1), Resize())
    assert compose(half, Pad(1)).size(7, 9) == (6, 7) and chain.size(7, 9) == (7, 9)
    assert chain(tf.ones([1, 7, 9, 2]), KEY).shape == [1, 7, 9, 2]
    with pytest.raises(BadValue, match="outside is not known"):
        chain.validity(7, 9, KEY)
    with pytest.raises(BadValue, match="resize="):
        custom(lambda x: x[:, ::2])(ONES, KEY)
    with pytest.raises(BadValue, match="float16"):
        custom(lambda x: tf.cast(x, tf.float16))(ONES, KEY)
    with pytest.raises(BadValue, match="resize="):
        custom(lambda x: x[0])(ONES, KEY)


def test_a_chain_tells_the_size_beforehand():
    chain = compose(Pad(5), Jitter(2), halve, RandomCrops((8, 9), 3))
    assert chain.frame((20, 30), (20, 30)) == (8, 9)
    assert chain.output_shape((None, 20, 30, 4)) == (None, 8, 9, 4)
    assert (
        chain.output_shape((2, 20, 30, 4))
        == (6, 8, 9, 4)
        == tuple(chain(tf.ones([2, 20, 30, 4]), seeds.image_keys(0, 2)).shape)
    )


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: compose(Pad(1), 3.5), "3.5 is not a transform"),
        (lambda: as_transform({"pad": 3}), "'pad': 3"),
        (lambda: as_transform(b"pad"), "b'pad'"),
        (lambda: as_transform([None]), "None is not a transform; leave it out"),
        (lambda: compose(Pad(1), None), "'identity' for none at all"),
        (lambda: None | Pad(1), "None is not"),
        (lambda: as_transform(tf.ones([2])), "not a transform"),
        (lambda: as_transform([Pad(1), object()]), "object object"),
        (lambda: as_transform(Pad), r"Pad\(\)"),
        (lambda: Pad(1) | 7, "7 is not"),
        (lambda: {1: 2} | Pad(1), "not a transform"),
        (lambda: custom(lambda a, b: a), "2 arguments"),
        (lambda: custom(lambda a, b, c, d: a), "4 arguments"),
        (lambda: custom(lambda: 1), "0 arguments"),
        (lambda: custom("pad"), "not a function"),
    ],
)
def test_what_is_no_transform_is_named(make, match):
    with pytest.raises(BadValue, match=match):
        make()
