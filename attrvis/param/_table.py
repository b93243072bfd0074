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
        Row("normal_noise", "attrvis.param.noise:NormalNoise", "noise", "shi2023"),
        Row("noise", "attrvis.param.noise:FractalNoise", "noise", "shi2023"),
        Row("noise_pyramid", "attrvis.param.pyramid:NoisePyramid", "noise", "shi2023"),
        Row("blurred_self", "attrvis.param.blurred_self:BlurredSelf", "blur", "shi2023"),
        Row("blurred_mask", "attrvis.param.noise:BlurredMask", "blur", "shi2023"),
    ),
    kind="background",
)
