"""The propagation methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.propagation"

PROPAGATION: tuple[Row, ...] = (
    Row("deep-lift", f"{_HERE}.deep_lift:DeepLift", "propagation", "shrikumar2017"),
    Row("deep-shap", f"{_HERE}.deep_lift:DeepShap", "propagation", "lundberg2017"),
)
