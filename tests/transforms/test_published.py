"""The published sets hold the published numbers, and keep the size."""

from __future__ import annotations

from collections import Counter

import pytest
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms import (
    Blur,
    Crop,
    Flip,
    GaussianNoise,
    Jitter,
    Margin,
    Pad,
    RandomCrops,
    Resize,
    Rotate,
    Scale,
    UniformNoise,
    alpha,
    atlas,
    distill,
    inversion,
    maco,
    robust,
    standard,
    xplique,
)

TURNS = Counter([*range(-20, 20), *range(-10, 10), *range(-5, 5), 0, 0, 0, 0, 0])
SPREAD = sorted([*(0.995**n for n in range(-5, 80)), *(2 * [0.998**n for n in range(20, 40)])])
SETS = (standard, distill, atlas, alpha, inversion, robust, xplique)


def parts(chain):
    """List the shifts of a chain's steps, and find its scale and rotation."""
    shifts = [(type(s), s.pixels) for s in chain.steps if isinstance(s, (Pad, Jitter, Margin))]
    (scale,) = [s for s in chain.steps if isinstance(s, Scale)]
    (rotate,) = [s for s in chain.steps if isinstance(s, Rotate)]
    return shifts, scale.choices, Counter(rotate.choices)


def test_standard_is_lucids():
    shifts, scales, turns = parts(standard())
    assert shifts == [(Pad, 12), (Jitter, 8), (Jitter, 4)]
    assert scales == pytest.approx([0.9 + 0.02 * n for n in range(11)])
    assert len(list(turns.elements())) == 26 and turns[0] == 6
    assert set(turns) == set(range(-10, 11))
    assert [type(s) for s in standard().steps] == [Pad, Jitter, Scale, Rotate, Jitter, Crop]


def test_distill_is_the_articles():
    shifts, scales, turns = parts(distill())
    assert shifts == [(Pad, 16), (Jitter, 16), (Jitter, 8)]
    assert sorted(scales) == [0.95, 0.975, 1, 1.025, 1.05]
    assert turns == Counter(range(-5, 6))


def test_atlas_and_alpha_are_the_notebooks():
    shifts, scales, turns = parts(atlas())
    assert shifts == [(Pad, 16), *((Jitter, n) for n in (4, 4, 8, 8, 8, 2))]
    assert scales == pytest.approx([0.998**n for n in range(20, 40)]) and turns == TURNS
    shifts, scales, turns = parts(alpha())
    assert shifts == [(Jitter, n) for n in (4, 4, 8, 8, 8, 2)]
    assert sorted(scales) == pytest.approx(SPREAD) and turns == TURNS


def test_inversion_is_gentle():
    shifts, scales, turns = parts(inversion())
    assert shifts == [(Pad, 8), (Jitter, 8), (Jitter, 2)]
    assert Counter(scales) == Counter([0.9, 0.95, 1.05, 1.1, 1, 1, 1, 1])
    assert turns == Counter([*range(-5, 5), 0, 0, 0, 0, 0])


def test_robust_is_captums():
    shifts, scales, turns = parts(robust())
    assert shifts == [(Pad, 2), *(10 * [(Pad, 4), (Jitter, 8)]), (Pad, 2), (Jitter, 4)]
    assert sorted(scales) == pytest.approx(SPREAD) and turns == TURNS


def test_maco_is_crops_and_noise():
    assert maco(224).steps == (
        RandomCrops(224, 6, 0.2, 0.25, 0.15),
        GaussianNoise(0.05),
        UniformNoise(0.05),
    )
    chain = maco((8, 9), count=2, share=(0.5, 0.6), noise=0.1)
    assert chain.copies == 2 and chain.size(40, 30) == (8, 9) and maco().size(40, 30) == (40, 30)


def test_xplique_counts_in_sixteenths():
    chain = xplique(512)
    shifts = [s.pixels for s in chain.steps if isinstance(s, (Pad, Jitter))]
    assert shifts == [128, 64, 64, 128, 128, 128, 32, 32]
    assert chain.steps[-1] == Resize() and chain.steps[-2] == Flip()
    assert Scale(0.92, 0.96) in chain.steps and Blur(1.0, 1.1) in chain.steps


@pytest.mark.parametrize("make", SETS)
@pytest.mark.parametrize("size", [(64, 64), (50, 81)])
def test_sets_keep_the_size(make, size):
    chain = make(size)
    images = tf.ones([1, *size, 4])
    assert chain.size(*size) == size
    assert chain(images, seeds.image_keys(0), 1).shape == images.shape
    assert make(size, crop=False).steps == chain.steps[:-1]
    assert make(size, exact=True).exact


def test_shifts_shrink_with_a_small_input_only():
    assert standard(64).steps[:2] == (Pad(6), Jitter(4))
    assert standard(224).steps[:2] == standard((128, 300)).steps[:2] == (Pad(12), Jitter(8))
    assert distill((200, 32)).steps[:2] == (Pad(4), Jitter(4))
    assert standard(1).steps[:2] == (Pad(1), Jitter(1))


@pytest.mark.parametrize("make", [standard, distill, atlas, inversion, robust])
def test_the_original_margin_is_grey(make):
    chain, plain = make(grey=True), make()
    assert chain.steps[0] == Margin(plain.steps[0].pixels) and chain.steps[1:] == plain.steps[1:]
    found = chain(tf.zeros([1, 40, 40, 4]), seeds.image_keys(0), 1).numpy()
    assert found[..., 3].max() > 0.9 and 0.45 < found[..., :3].max() <= 0.5


@pytest.mark.parametrize("make", [*SETS, maco])
@pytest.mark.parametrize("size", [0, (4, 0), "224", 2.5, (1, 2, 3)])
def test_sizes_that_are_none_are_refused(make, size):
    with pytest.raises(BadValue):
        make(size)
