"""Any method, averaged over several baselines."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from attrvis.attribution.baselines import BaselineMethod, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.scene import Scene
from attrvis.attribution.wrappers.wrapped import Moments, Wrapper
from attrvis.errors import BadValue


@dataclass(frozen=True)
class AveragedBaselines(Wrapper):
    """Any method that takes a baseline, averaged over several of them.

    Where the method's values add up to the change from its baseline, these add up to the mean
    change.

    Args:
        method: the method, by name or made; default `integrated-gradients`.
        baselines: made, or in words such as `constant:0.5`; default black and white.

    Raises:
        UnknownName: no such method or baseline.
        BadValue: no baseline, or a method that takes none.

    Source: Sturmfels, Lundberg and Lee, Visualizing the Impact of Feature Attribution Baselines,
    2020.

    Example:
        >>> len(AveragedBaselines().baselines)
        2
    """

    method: Method | str = "integrated-gradients"
    baselines: tuple[BaselineMethod | str, ...] = ("zero", "constant:1")
    name = "averaged-baselines"

    def __post_init__(self) -> None:
        super().__post_init__()
        given = (self.baselines,) if isinstance(self.baselines, str) else tuple(self.baselines)
        if not given:
            raise BadValue("At least one baseline is needed; name some.")
        if not hasattr(self.inner, "baseline"):
            raise BadValue(f"{self.inner.name!r} takes no baseline; wrap a method that does.")
        made = tuple(named_baseline(b) if isinstance(b, str) else b for b in given)
        object.__setattr__(self, "baselines", made)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        moments, grounds, changes = Moments(), Moments(), []
        for number, baseline in enumerate(self.baselines):
            found = replace(self.inner, baseline=baseline).over_baselines(scene)  # type: ignore
            moments.add(found.values)
            if found.baseline is not None:
                grounds.add(found.baseline)
            changes.append(found.change)
            scene.told("baselines", number + 1, len(self.baselines))
        known = [change for change in changes if change is not None]
        whole = len(known) == len(changes)
        return Found(
            moments.of("mean"),
            grounds.of("mean") if grounds.count else None,
            np.mean(known, axis=0) if whole else None,
        )
