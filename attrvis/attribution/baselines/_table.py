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
        Row("image", f"{_HERE}.simple:FromImage", "file", ""),
        Row("file", f"{_HERE}.simple:FromFile", "file", ""),
    ],
)
