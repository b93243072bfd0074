"""An image as a function of variables, and what is seen behind its transparent parts."""

from attrvis.param.background import Background, Constant, premultiply, split
from attrvis.param.fourier import FourierImage
from attrvis.param.pyramid import NoisePyramid

__all__ = ["Background", "Constant", "FourierImage", "NoisePyramid", "premultiply", "split"]
