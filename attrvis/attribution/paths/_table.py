"""The path methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.paths"

PATHS: tuple[Row, ...] = (
    Row(
        "integrated-gradients",
        f"{_HERE}.integrated_gradients:IntegratedGradients",
        "paths",
        "sundararajan2017",
    ),
    Row("ig-through", f"{_HERE}.through:IGThrough", "paths", "sundararajan2017"),
    Row("ig-uniform", f"{_HERE}.random_references:IGUniform", "paths", "sturmfels2020"),
    Row("ig-sg", f"{_HERE}.random_references:IGSG", "paths", "yang2023recal"),
    Row("ig-sq", f"{_HERE}.random_references:IGSQ", "paths", "yang2023recal"),
    Row("sg-ig", f"{_HERE}.smoothed:SGIG", "paths", "hooker2019"),
    Row("sq-ig", f"{_HERE}.smoothed:SQIG", "paths", "hooker2019"),
    Row("expected-gradients", f"{_HERE}.random_references:ExpectedGradients", "paths", "erion2021"),
    Row("gradient-shap", f"{_HERE}.random_references:GradientSHAP", "paths", "lundberg2017"),
    Row("agi", f"{_HERE}.agi:AGI", "paths", "pan2021"),
    Row("lpi", f"{_HERE}.lpi:LPI", "paths", "yang2023lpi"),
    Row("recalibrated", f"{_HERE}.recalibrated:Recalibrated", "paths", "yang2023recal"),
    Row("blur-ig", f"{_HERE}.blur_ig:BlurIG", "paths", "xu2020"),
    Row("guided-ig", f"{_HERE}.guided_ig:GuidedIG", "paths", "kapishnikov2021"),
    Row("idgi", f"{_HERE}.idgi:IDGI", "paths", "yang2023idgi"),
    Row("xrai", f"{_HERE}.xrai:XRAI", "paths", "kapishnikov2019"),
)
