"""Parameterisations and backgrounds by name."""

from attrvis.tables import Row, Table

PARAMS = Table(
    "param",
    (
        Row("fourier", "attrvis.param.fourier:FourierImage", "spectral", "olah2017"),
        Row("maco", "attrvis.param.maco:MaCoImage", "spectral", "fel2023"),
        Row("accentuation", "attrvis.param.accentuation:Accentuation", "photo", "hamblin2024"),
        Row("l2_ball", "attrvis.param.ball:L2Ball", "photo", "madry2018"),
        Row("linf_ball", "attrvis.param.ball:LInfBall", "photo", "madry2018"),
        Row("start_from", "attrvis.param.wrapped:StartFrom", "photo"),
        Row("pixels", "attrvis.param.pixels:PixelImage", "spatial", "erhan2009"),
        Row("laplacian", "attrvis.param.laplacian:LaplacianPyramid", "spatial", "burt1983"),
        Row("lowres", "attrvis.param.wrapped:Lowres", "spatial", "fong2017"),
        Row("cppn", "attrvis.param.cppn:CPPN", "network", "stanley2007"),
        Row("mask", "attrvis.param.mask:Mask", "mask", "fong2017"),
        Row("shared", "attrvis.param.shared:SharedImage", "combined", "mordvintsev2018"),
        Row("sum", "attrvis.param.composite:Sum", "combined", "mordvintsev2018"),
        Row("stacked", "attrvis.param.composite:Stacked", "combined", "mordvintsev2018"),
        Row("texture", "attrvis.param.texture:Texture", "combined", "mordvintsev2018"),
        Row("grey", "attrvis.param.wrapped:Grey", "combined", "olah2017"),
        Row("ranged", "attrvis.param.wrapped:Ranged", "combined"),
    ),
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
