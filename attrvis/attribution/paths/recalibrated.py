"""Re-calibration: of a path's points or references only those count that speak with one voice."""

from __future__ import annotations

from dataclasses import dataclass

from attrvis.attribution.method import Found, Method
from attrvis.attribution.naming import method_of
from attrvis.attribution.paths.lines import VALID
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown


@dataclass(frozen=True)
class Recalibrated(Method):
    """A path method whose valid contributions alone are averaged, number by number.

    A contribution is valid where it is not negative: between the image and the reference where
    the gradient turns. What comes out is never negative and does not add up to the change.

    Args:
        method: one that goes along lines, or AGI, by name or made; default `ig-uniform`.
        rule: `valid_ip` (default) judges each point of a path, `valid_ref` each reference.

    Raises:
        UnknownName: no such method or rule.
        BadValue: a method that has no references to judge.

    Source: Yang, Akhtar, Wen, Shah and Mian, Re-calibrating Feature Attributions for Model
    Interpretation, 2023.

    Example:
        >>> Recalibrated("ig-sg").rule
        'valid_ip'
    """

    method: Method | str = "ig-uniform"
    rule: str = "valid_ip"
    name = "recalibrated"

    def __post_init__(self) -> None:
        made = method_of(self.method)
        if not hasattr(made, "recalibrated"):
            raise BadValue(
                f"{made.name!r} has no references to judge; re-calibrate integrated-gradients, "
                "ig-uniform, ig-sg, ig-sq, expected-gradients, agi or lpi."
            )
        if self.rule not in VALID:
            raise unknown("rule", self.rule, VALID)
        object.__setattr__(self, "method", made)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        return Found(self.method.recalibrated(scene, self.rule))  # type: ignore[union-attr]
