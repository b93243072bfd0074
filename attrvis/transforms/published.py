"""Sets of transforms that others have published, by name, with their constants.

Three things are done our way: each image of a batch draws for itself; all geometric ones are one
resampling, of a frame that keeps its size where the original enlarges or shrinks the picture; and
the result has the size of what came in. Margins are empty, and show the background,
unless they are asked for in the original's grey. Shifts and margins are the published numbers of
pixels; for an input smaller than they were made for they shrink in proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrvis.transforms.affine import Size
from attrvis.transforms.blurring import Blur
from attrvis.transforms.chain import Chain, compose
from attrvis.transforms.framing import RandomCrops, Resize
from attrvis.transforms.geometric import Crop, Flip, Jitter, Pad
from attrvis.transforms.linear import Rotate, Scale
from attrvis.transforms.named import shorter
from attrvis.transforms.photometric import GaussianNoise, UniformNoise
from attrvis.transforms.surroundings import Margin

_SHRUNK = tuple(0.998**n for n in range(20, 40))
_SPREAD = tuple(0.995**n for n in range(-5, 80)) + 2 * _SHRUNK
_TURNS = (*range(-20, 20), *range(-10, 10), *range(-5, 5), *(5 * [0]))


def standard(
    size: int | Size | None = None, *, crop: bool = True, grey: bool = False, exact: bool = False
) -> Chain:
    """Make Lucid's standard transforms.

    Pad 12, jitter 8, scale by 0.90 to 1.10 in steps of 0.02, turn by -10 to 10 whole degrees with
    five more zeros, jitter 4.

    Args:
        size: of the network's input in pixels; below 128 the shifts shrink with it.
        crop: whether to restore the size of the input at the end.
        grey: whether the margin is grey and part of the picture, as in the original.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain.

    Raises:
        BadValue: if there is no such size.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> [type(step).__name__ for step in standard().steps]
        ['Pad', 'Jitter', 'Scale', 'Rotate', 'Jitter', 'Crop']
    """
    pad, first, last = _shrunk((12, 8, 4), size, 128)
    scales = tuple(1 + (n - 5) / 50 for n in range(11))
    turns = (*range(-10, 11), *(5 * [0]))
    steps = (_edge(pad, grey), Jitter(first), _scaled(scales), _turned(turns), Jitter(last))
    return _ended(steps, crop, exact)


def distill(
    size: int | Size | None = None, *, crop: bool = True, grey: bool = False, exact: bool = False
) -> Chain:
    """Make the transforms of the Distill article on feature visualisation.

    Pad 16, jitter 16, scale by one of 0.95, 0.975, 1, 1.025 and 1.05, turn by -5 to 5 whole
    degrees, jitter 8.

    Args:
        size: of the network's input in pixels; below 128 the shifts shrink with it.
        crop: whether to restore the size of the input at the end.
        grey: whether the margin is grey and part of the picture.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain.

    Raises:
        BadValue: if there is no such size.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> distill(64).steps[1]
        Jitter(pixels=8)
    """
    pad, first, last = _shrunk((16, 16, 8), size, 128)
    scales = (1.0, 0.975, 1.025, 0.95, 1.05)
    turned = _turned(range(-5, 6))
    steps = (_edge(pad, grey), Jitter(first), _scaled(scales), turned, Jitter(last))
    return _ended(steps, crop, exact)


def atlas(
    size: int | Size | None = None, *, crop: bool = True, grey: bool = False, exact: bool = False
) -> Chain:
    """Make the transforms of activation atlases' icons.

    Pad 16, jitter 4, 4, 8, 8 and 8, shrink by 0.998 to the power of 20 to 39, turn by whole
    degrees of three nested ranges (-20 to 19, -10 to 9, -5 to 4) with five more zeros, jitter 2.

    Args:
        size: of the network's input in pixels; below 80 the shifts shrink with it.
        crop: whether to restore the size of the input at the end.
        grey: whether the margin is grey and part of the picture.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain.

    Raises:
        BadValue: if there is no such size.

    Source: Carter et al., Activation Atlas, 2019.

    Example:
        >>> len(atlas().steps)
        10
    """
    pad, *shifts, last = _shrunk((16, 4, 4, 8, 8, 8, 2), size, 80)
    jitters = (Jitter(shift) for shift in shifts)
    steps = (_edge(pad, grey), *jitters, _scaled(_SHRUNK), _turned(_TURNS), Jitter(last))
    return _ended(steps, crop, exact)


def alpha(size: int | Size | None = None, *, crop: bool = True, exact: bool = False) -> Chain:
    """Make the transforms of Lucid's transparent feature visualisations; nothing is padded.

    Jitter 4, 4, 8, 8 and 8, scale by 0.995 to the power of -5 to 79 or, twice as often each, by
    0.998 to the power of 20 to 39, turn as `atlas` does, jitter 2.

    Args:
        size: of the network's input in pixels; below 112 the shifts shrink with it.
        crop: whether to restore the size of the input at the end.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain.

    Raises:
        BadValue: if there is no such size.

    Source: Mordvintsev et al., Differentiable Image Parameterizations, 2018.

    Example:
        >>> len(alpha().steps)
        9
    """
    *shifts, last = _shrunk((4, 4, 8, 8, 8, 2), size, 112)
    jitters = (Jitter(shift) for shift in shifts)
    return _ended((*jitters, _scaled(_SPREAD), _turned(_TURNS), Jitter(last)), crop, exact)


def inversion(
    size: int | Size | None = None, *, crop: bool = True, grey: bool = False, exact: bool = False
) -> Chain:
    """Make the transforms of feature inversion and caricatures, which are gentle.

    Pad 8, jitter 8, scale by 0.9, 0.95, 1.05, 1.1 or, half of the time, not at all, turn by -5 to
    4 whole degrees with five more zeros, jitter 2.

    Args:
        size: of the network's input in pixels; below 128 the shifts shrink with it.
        crop: whether to restore the size of the input at the end.
        grey: whether the margin is grey and part of the picture, as in the original.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain.

    Raises:
        BadValue: if there is no such size.

    Source: Olah et al., The Building Blocks of Interpretability, 2018.

    Example:
        >>> inversion().steps[0]
        Pad(pixels=8)
    """
    pad, first, last = _shrunk((8, 8, 2), size, 128)
    scales, turns = (0.9, 0.95, 1.05, 1.1, *(4 * [1.0])), (*range(-5, 5), *(5 * [0]))
    steps = (_edge(pad, grey), Jitter(first), _scaled(scales), _turned(turns), Jitter(last))
    return _ended(steps, crop, exact)


def robust(
    size: int | Size | None = None, *, crop: bool = True, grey: bool = False, exact: bool = False
) -> Chain:
    """Make Captum's transformation robustness.

    Pad 2, ten times a shift of up to 4 pixels either way, scale as `alpha` does, turn as `atlas`
    does, once more a shift of up to 2.

    Args:
        size: of the network's input in pixels; below 224 the shifts shrink with it.
        crop: whether to restore the size of the input at the end.
        grey: whether the first margin is grey and part of the picture.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain.

    Raises:
        BadValue: if there is no such size.

    Source: Kokhlikyan et al., Captum: A unified and generic model interpretability library for
    PyTorch, 2020.

    Example:
        >>> sum(isinstance(step, Jitter) for step in robust().steps)
        11
    """
    pad, wide, narrow = _shrunk((2, 4, 2), size, 224)
    shifts = 10 * [Pad(wide), Jitter(2 * wide)]
    last = (Pad(narrow), Jitter(2 * narrow))
    steps = (_edge(pad, grey), *shifts, _scaled(_SPREAD), _turned(_TURNS), *last)
    return _ended(steps, crop, exact)


def maco(
    size: int | Size | None = None,
    *,
    count: int = 6,
    share: tuple[float, float] = (0.2, 0.25),
    noise: float = 0.05,
    exact: bool = False,
) -> Chain:
    """Make the transforms of magnitude-constrained optimisation: random crops and noise.

    Args:
        size: of the crops in pixels, that of the network's input; None: the size that comes in.
        count: of crops, each step.
        share: least and largest side of a crop, relative to the image.
        noise: standard deviation of the normal noise, and width of the uniform one.
        exact: whether resampling uses only ops that XLA knows.

    Returns:
        The chain, of `count` copies; see `RandomCrops`.

    Raises:
        BadValue: if a value is out of its range.

    Source: Fel et al., Unlocking Feature Visualization for Deeper Networks with MAgnitude
    Constrained Optimization, 2023.

    Example:
        >>> maco(224).copies
        6
    """
    crops = RandomCrops(size, count, *share)
    return compose(crops, GaussianNoise(noise), UniformNoise(noise), exact=exact)


def xplique(size: int | Size | None = None, *, crop: bool = True, exact: bool = False) -> Chain:
    """Make Xplique's standard transforms, in units of a sixteenth of the side.

    Pad 4, jitter 2, 2, 4, 4 and 4, scale by 0.92 to 0.96, blur by 1 to 1.1 pixels, jitter 1 and
    1, flip. What is left is about a third of the side; it is stretched to the size of what came
    in, as the original does for the network.

    Args:
        size: of what comes in, in pixels, default 224.
        crop: whether to restore the size of the input at the end.
        exact: whether resampling has the exact gradient.

    Returns:
        The chain.

    Raises:
        BadValue: if there is no such size.

    Source: Fel et al., Xplique: A Deep Learning Explainability Toolbox, 2022.

    Example:
        >>> xplique(224).steps[0]
        Pad(pixels=56)
    """
    unit = max(1, shorter(size, 224) // 16)
    jitters = (Jitter(unit * n) for n in (2, 2, 4, 4, 4))
    ends = (Blur(1.0, 1.1), Jitter(unit), Jitter(unit), Flip())
    start = (Pad(4 * unit), *jitters, Scale(0.92, 0.96))
    return compose(*start, *ends, *([Resize()] if crop else []), exact=exact)


def _shrunk(pixels: Sequence[int], size: int | Size | None, reference: int) -> tuple[int, ...]:
    share = min(1.0, shorter(size, reference) / reference)
    return tuple(max(1, round(number * share)) for number in pixels)


def _edge(pixels: int, grey: bool) -> Pad | Margin:
    return Margin(pixels) if grey else Pad(pixels)


def _scaled(factors: Sequence[float]) -> Scale:
    return Scale(choices=tuple(factors))


def _turned(degrees: Sequence[int]) -> Rotate:
    return Rotate(choices=tuple(map(float, degrees)))


def _ended(steps: Sequence[Any], crop: bool, exact: bool) -> Chain:
    return compose(*steps, *([Crop()] if crop else []), exact=exact)
