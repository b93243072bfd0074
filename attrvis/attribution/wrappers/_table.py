"""The wrappers by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.wrappers"

WRAPPERS: tuple[Row, ...] = (
    Row("noise-tunnel", f"{_HERE}.noise_tunnel:NoiseTunnel", "wrappers", "smilkov2017"),
    Row("smooth-taylor", f"{_HERE}.noise_tunnel:SmoothTaylor", "wrappers", "goh2021"),
    Row("noise-grad", f"{_HERE}.noise_grad:NoiseGrad", "wrappers", "bykov2021"),
    Row("fusion-grad", f"{_HERE}.noise_grad:FusionGrad", "wrappers", "bykov2021"),
    Row(
        "averaged-baselines",
        f"{_HERE}.averaged_baselines:AveragedBaselines",
        "wrappers",
        "sturmfels2020",
    ),
    Row("for-grad", f"{_HERE}.for_grad:FORGrad", "wrappers", "muzellec2024"),
)
