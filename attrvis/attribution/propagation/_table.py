"""The propagation methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.propagation"
_PRESETS = f"{_HERE}.presets"

PROPAGATION: tuple[Row, ...] = (
    Row("deep-lift", f"{_HERE}.deep_lift:DeepLift", "propagation", "shrikumar2017"),
    Row(
        "deep-lift-reveal-cancel",
        f"{_HERE}.reveal_cancel:DeepLiftRevealCancel",
        "propagation",
        "shrikumar2017",
    ),
    Row("deep-shap", f"{_HERE}.deep_lift:DeepShap", "propagation", "lundberg2017"),
    Row("lrp-epsilon", f"{_HERE}.lrp:LRPEpsilon", "propagation", "bach2015"),
    Row("lrp-gamma", f"{_HERE}.lrp:LRPGamma", "propagation", "montavon2019"),
    Row("lrp-alpha-beta", f"{_HERE}.lrp:LRPAlphaBeta", "propagation", "bach2015"),
    Row("lrp-z-plus", f"{_HERE}.lrp:LRPZPlus", "propagation", "montavon2017"),
    Row("lrp-w-square", f"{_HERE}.lrp:LRPWSquare", "propagation", "montavon2017"),
    Row("lrp-flat", f"{_HERE}.lrp:LRPFlat", "propagation", "lapuschkin2017"),
    Row("lrp-z-box", f"{_HERE}.lrp:LRPZBox", "propagation", "montavon2017"),
    Row("lrp-preset-a", f"{_PRESETS}:LRPPresetA", "propagation", "kohlbrenner2020"),
    Row("lrp-preset-b", f"{_PRESETS}:LRPPresetB", "propagation", "kohlbrenner2020"),
    Row("lrp-epsilon-plus", f"{_PRESETS}:LRPEpsilonPlus", "propagation", "anders2021"),
    Row("lrp-epsilon-plus-flat", f"{_PRESETS}:LRPEpsilonPlusFlat", "propagation", "anders2021"),
    Row(
        "lrp-epsilon-alpha2-beta1",
        f"{_PRESETS}:LRPEpsilonAlpha2Beta1",
        "propagation",
        "anders2021",
    ),
    Row("lrp-epsilon-gamma-box", f"{_PRESETS}:LRPEpsilonGammaBox", "propagation", "anders2021"),
    Row("deep-taylor", f"{_PRESETS}:DeepTaylor", "propagation", "montavon2017"),
    Row("excitation-backprop", f"{_PRESETS}:ExcitationBackprop", "propagation", "zhang2016"),
    Row("rap", f"{_HERE}.rap:RAP", "propagation", "nam2020"),
)
