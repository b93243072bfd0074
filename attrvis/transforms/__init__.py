"""Random image transforms, fused to one resampling."""

from attrvis.transforms._table import TRANSFORMS
from attrvis.transforms.affine import Affine, warp
from attrvis.transforms.chain import Chain, Geometric, Transform, compose
from attrvis.transforms.geometric import Crop, Jitter, Pad, Rotate, Scale
from attrvis.transforms.named import identity, masked

__all__ = [
    "TRANSFORMS",
    "Affine",
    "Chain",
    "Crop",
    "Geometric",
    "Jitter",
    "Pad",
    "Rotate",
    "Scale",
    "Transform",
    "compose",
    "identity",
    "masked",
    "warp",
]
