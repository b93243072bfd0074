"""Transforms by name, single ones and sets."""

from attrvis.tables import Row, Table

_ROOM = "attrvis.transforms"

TRANSFORMS = Table(
    "transforms",
    (
        Row("pad", f"{_ROOM}.geometric:Pad", "geometric", "olah2017"),
        Row("jitter", f"{_ROOM}.geometric:Jitter", "geometric", "olah2017"),
        Row("crop", f"{_ROOM}.geometric:Crop", "geometric", "olah2017"),
        Row("flip", f"{_ROOM}.geometric:Flip", "geometric", "fel2022"),
        Row("scale", f"{_ROOM}.linear:Scale", "geometric", "olah2017"),
        Row("rotate", f"{_ROOM}.linear:Rotate", "geometric", "olah2017"),
        Row("shear", f"{_ROOM}.linear:Shear", "geometric"),
        Row("resize", f"{_ROOM}.framing:Resize", "geometric"),
        Row("fit", f"{_ROOM}.framing:Fit", "geometric"),
        Row("random_crops", f"{_ROOM}.framing:RandomCrops", "geometric", "fel2023"),
        Row("margin", f"{_ROOM}.surroundings:Margin", "surroundings", "olah2017"),
        Row(
            "collapse_alpha",
            f"{_ROOM}.surroundings:CollapseAlpha",
            "surroundings",
            "mordvintsev2018",
        ),
        Row("blur", f"{_ROOM}.blurring:Blur", "photometric", "fel2022"),
        Row("colour_jitter", f"{_ROOM}.colour:ColourJitter", "photometric"),
        Row("gaussian_noise", f"{_ROOM}.photometric:GaussianNoise", "photometric", "fel2023"),
        Row("uniform_noise", f"{_ROOM}.photometric:UniformNoise", "photometric", "fel2023"),
        Row("normalize_gradient", f"{_ROOM}.gradient:NormalizeGradient", "gradient"),
        Row("masked", f"{_ROOM}.named:masked", "set", "shi2023"),
        Row("identity", f"{_ROOM}.named:identity", "set"),
        Row("standard", f"{_ROOM}.published:standard", "set", "olah2017"),
        Row("distill", f"{_ROOM}.published:distill", "set", "olah2017"),
        Row("atlas", f"{_ROOM}.published:atlas", "set", "carter2019"),
        Row("alpha", f"{_ROOM}.published:alpha", "set", "mordvintsev2018"),
        Row("inversion", f"{_ROOM}.published:inversion", "set", "olah2018"),
        Row("robust", f"{_ROOM}.published:robust", "set", "kokhlikyan2020"),
        Row("maco", f"{_ROOM}.published:maco", "set", "fel2023"),
        Row("xplique", f"{_ROOM}.published:xplique", "set", "fel2022"),
    ),
    kind="transform",
)
