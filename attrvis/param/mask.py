"""A mask to be optimised, for any parameterisation of colours."""

from __future__ import annotations

from dataclasses import dataclass, field

from attrvis.param.fourier import FourierImage


@dataclass(frozen=True)
class Mask(FourierImage):
    """Alpha alone, in Fourier space; `Stacked((colours, Mask()))` has it as its last channel.

    Args:
        channels: 1.
        sd: standard deviation of the spectrum at the start.
        decay: power of 1 / f by which a frequency is weighed; larger is smoother.
        alpha: mean of the mask at the start, between 0 and 1.
        alpha_pace: how fast it learns compared with a `FourierImage` of pace 1, above 0; a slow
            one waits for the colours before it decides what is seen.
        alpha_decay: as `decay`, which it takes the place of.
        with_alpha: as it is: this channel is alpha.
        decorrelated: has no effect: there is no colour.
        colours: has no effect.

    Raises:
        BadValue: if a value is outside its range.

    Source: Fong and Vedaldi, Interpretable Explanations of Black Boxes by Meaningful
    Perturbation, 2017, for the mask; Mordvintsev, Pezzotti, Schubert and Olah, Differentiable
    Image Parameterizations, 2018, for alpha in Fourier space.

    Example:
        >>> from attrvis import seeds
        >>> mask = Mask(alpha=0.2)
        >>> image = mask.image(mask.init(seeds.image_keys(0), (9, 7)), (9, 7))
        >>> image.shape.as_list(), round(float(image.numpy().mean()), 2)
        ([1, 9, 7, 1], 0.2)
    """

    channels: int = 1
    with_alpha: bool | None = field(default=True, kw_only=True)
