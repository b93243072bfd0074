"""What an attribution compares a photo with: made from the photo, from noise, or optimised."""

from attrvis.attribution.baselines._table import TABLE
from attrvis.attribution.baselines.baseline import Baseline, BaselineMethod
from attrvis.attribution.baselines.named import named_baseline
from attrvis.attribution.baselines.optimised import Optimised
from attrvis.attribution.baselines.own import FromArray
from attrvis.attribution.baselines.pictures import (
    BlackAndWhite,
    FromSamples,
    Gaussian,
    MaximumDistance,
    OnePicture,
    Plain,
    Uniform,
)
from attrvis.attribution.baselines.several import Several
from attrvis.attribution.baselines.simple import (
    Blurred,
    Constant,
    FromFile,
    FromImage,
    Noise,
    Quadratic,
    Sampled,
    Zero,
)
from attrvis.attribution.scene import Scene

__all__ = [
    "TABLE",
    "Baseline",
    "BaselineMethod",
    "BlackAndWhite",
    "Blurred",
    "Constant",
    "FromArray",
    "FromFile",
    "FromImage",
    "FromSamples",
    "Gaussian",
    "MaximumDistance",
    "Noise",
    "OnePicture",
    "Optimised",
    "Plain",
    "Quadratic",
    "Sampled",
    "Scene",
    "Several",
    "Uniform",
    "Zero",
    "named_baseline",
]
