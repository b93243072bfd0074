"""Parameterisations and backgrounds by name."""

from attrvis.tables import Row, Table

PARAMS = Table(
    "param",
    (Row("fourier", "attrvis.param.fourier:FourierImage", "spectral", "olah2017"),),
    kind="parameterisation",
)

BACKGROUNDS = Table(
    "backgrounds",
    (
        Row("constant", "attrvis.param.background:Constant", "plain", "shi2023"),
        Row("noise_pyramid", "attrvis.param.pyramid:NoisePyramid", "noise", "shi2023"),
    ),
    kind="background",
)
