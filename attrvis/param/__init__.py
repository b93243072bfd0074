"""An image as a function of variables, and what is seen behind its transparent parts."""

from attrvis.param._table import BACKGROUNDS, PARAMS
from attrvis.param.accentuation import Accentuation
from attrvis.param.background import (
    Background,
    Constant,
    premultiply,
    premultiply_and_alpha,
    split,
    unmultiply,
)
from attrvis.param.ball import L2Ball, LInfBall
from attrvis.param.blurred_self import BlurredSelf
from attrvis.param.colour import correlate, decorrelate, estimate_colours
from attrvis.param.composite import Stacked, Sum
from attrvis.param.cppn import CPPN
from attrvis.param.fourier import FourierImage
from attrvis.param.laplacian import LaplacianPyramid
from attrvis.param.maco import MaCoImage, spectrum_of
from attrvis.param.mask import Mask
from attrvis.param.noise import BlurredMask, FractalNoise, NormalNoise
from attrvis.param.parameterisation import Parameterisation
from attrvis.param.pixels import PixelImage
from attrvis.param.pyramid import NoisePyramid
from attrvis.param.shared import SharedImage
from attrvis.param.texture import Texture, look_up
from attrvis.param.wrapped import Grey, Lowres, Ranged, StartFrom

__all__ = [
    "BACKGROUNDS",
    "CPPN",
    "PARAMS",
    "Accentuation",
    "Background",
    "BlurredMask",
    "BlurredSelf",
    "Constant",
    "FourierImage",
    "FractalNoise",
    "Grey",
    "L2Ball",
    "LInfBall",
    "LaplacianPyramid",
    "Lowres",
    "MaCoImage",
    "Mask",
    "NoisePyramid",
    "NormalNoise",
    "Parameterisation",
    "PixelImage",
    "Ranged",
    "SharedImage",
    "Stacked",
    "StartFrom",
    "Sum",
    "Texture",
    "correlate",
    "decorrelate",
    "estimate_colours",
    "look_up",
    "premultiply",
    "premultiply_and_alpha",
    "spectrum_of",
    "split",
    "unmultiply",
]
