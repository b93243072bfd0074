"""Random image transforms, fused to one resampling."""

from attrvis.transforms._table import TRANSFORMS
from attrvis.transforms.affine import Affine, warp
from attrvis.transforms.batches import copy_keys, over_copies, per_copy
from attrvis.transforms.blurring import Blur
from attrvis.transforms.chain import (
    Chain,
    Custom,
    Geometric,
    Transform,
    as_transform,
    compose,
    custom,
)
from attrvis.transforms.colour import ColourJitter
from attrvis.transforms.framing import Fit, RandomCrops, Resize
from attrvis.transforms.geometric import Crop, Flip, Jitter, Pad
from attrvis.transforms.gradient import NormalizeGradient
from attrvis.transforms.linear import Rotate, Scale, Shear
from attrvis.transforms.named import identity, masked
from attrvis.transforms.photometric import GaussianNoise, Photometric, UniformNoise
from attrvis.transforms.published import (
    alpha,
    atlas,
    distill,
    inversion,
    maco,
    robust,
    standard,
    xplique,
)
from attrvis.transforms.surroundings import CollapseAlpha, Margin

__all__ = [
    "TRANSFORMS",
    "Affine",
    "Blur",
    "Chain",
    "CollapseAlpha",
    "ColourJitter",
    "Crop",
    "Custom",
    "Fit",
    "Flip",
    "GaussianNoise",
    "Geometric",
    "Jitter",
    "Margin",
    "NormalizeGradient",
    "Pad",
    "Photometric",
    "RandomCrops",
    "Resize",
    "Rotate",
    "Scale",
    "Shear",
    "Transform",
    "UniformNoise",
    "alpha",
    "as_transform",
    "atlas",
    "compose",
    "copy_keys",
    "custom",
    "distill",
    "identity",
    "inversion",
    "maco",
    "masked",
    "over_copies",
    "per_copy",
    "robust",
    "standard",
    "warp",
    "xplique",
]
