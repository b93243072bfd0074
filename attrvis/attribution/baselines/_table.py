"""The baselines by name."""

from attrvis.tables import Row, Table

_HERE = "attrvis.attribution.baselines"

TABLE = Table(
    "baseline",
    [
        Row("optimised", f"{_HERE}.optimised:Optimised", "optimised", "shi2022"),
        Row("quadratic", f"{_HERE}.simple:Quadratic", "optimised", "shi2022"),
        Row("zero", f"{_HERE}.simple:Zero", "constant", "sundararajan2017"),
        Row("constant", f"{_HERE}.simple:Constant", "constant", "sundararajan2017"),
        Row("blurred", f"{_HERE}.simple:Blurred", "photo", "fong2017"),
        Row("noise", f"{_HERE}.simple:Noise", "random", "sturmfels2020"),
        Row("sampled", f"{_HERE}.simple:Sampled", "random", "sturmfels2020"),
        Row("uniform", f"{_HERE}.pictures:Uniform", "random", "sturmfels2020"),
        Row("gaussian", f"{_HERE}.pictures:Gaussian", "photo", "sturmfels2020"),
        Row("maximum-distance", f"{_HERE}.pictures:MaximumDistance", "photo", "sturmfels2020"),
        Row("black-and-white", f"{_HERE}.pictures:BlackAndWhite", "several", "kapishnikov2019"),
        Row("samples", f"{_HERE}.pictures:FromSamples", "several", "sturmfels2020"),
        Row("array", f"{_HERE}.own:FromArray", "file", ""),
        Row("image", f"{_HERE}.simple:FromImage", "file", ""),
        Row("file", f"{_HERE}.simple:FromFile", "file", ""),
    ],
)
