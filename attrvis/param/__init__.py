"""An image as a function of variables, and what is seen behind its transparent parts."""

from attrvis.param._table import BACKGROUNDS, PARAMS
from attrvis.param.background import (
    Background,
    Constant,
    premultiply,
    premultiply_and_alpha,
    split,
    unmultiply,
)
from attrvis.param.blurred_self import BlurredSelf
from attrvis.param.fourier import FourierImage
from attrvis.param.noise import BlurredMask, FractalNoise, NormalNoise
from attrvis.param.pyramid import NoisePyramid

__all__ = [
    "BACKGROUNDS",
    "PARAMS",
    "Background",
    "BlurredMask",
    "BlurredSelf",
    "Constant",
    "FourierImage",
    "FractalNoise",
    "NoisePyramid",
    "NormalNoise",
    "premultiply",
    "premultiply_and_alpha",
    "split",
    "unmultiply",
]
