"""Several baselines under one name: a method is run for each, and its values are averaged."""

from __future__ import annotations

from abc import abstractmethod

import tensorflow as tf

from attrvis.attribution.baselines.baseline import BaselineMethod
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue


class Several(BaselineMethod):
    """A set of baselines; every method that takes a baseline averages over it."""

    @abstractmethod
    def members(self, scene: Scene) -> tuple[BaselineMethod, ...]:
        """List the baselines for a scene, at least one."""

    def values(self, scene: Scene) -> tf.Tensor:
        """Make the values of the only member.

        Raises:
            BadValue: there are several.
        """
        members = self.members(scene)
        if len(members) > 1:
            raise BadValue(
                f"The baseline {self.kind!r} is {len(members)} baselines, and one is wanted here; "
                "give it to a method of attribution, which averages over them, or name one."
            )
        return members[0].values(scene)
