"""What every attribution method is: hyper-parameters that are called with a network and images."""

from __future__ import annotations

import functools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines.several import Several
from attrvis.attribution.checked import check_seed, checked_images
from attrvis.attribution.kinds import check_kinds
from attrvis.attribution.result import Attribution
from attrvis.attribution.scene import Scene
from attrvis.attribution.targets import Target, bind_target, target_names
from attrvis.errors import warn
from attrvis.networks import Layer, Network
from attrvis.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Found:
    """What a method found, before the numbers around it are put together.

    Args:
        values: signed, [B, ...].
        baseline: what the images were compared with, or None.
        change: for methods that promise completeness, the objective's change, [B].
        positive: a map of these values shows what speaks for the target alone.
        notes: what else is told, of JSON's types.
        cure: what helps where values are all zero, make a blank map or do not add up, in half a
            sentence; default the usual advice.
    """

    values: np.ndarray | tf.Tensor
    baseline: np.ndarray | tf.Tensor | None = None
    change: np.ndarray | None = None
    positive: bool = False
    notes: Mapping[str, object] = field(default_factory=dict)
    cure: str = ""


_NAMED = 3
"""As many targets at most are named in a warning."""


class Method(ABC):
    """An attribution method: a frozen dataclass of its hyper-parameters, which a call binds.

    A method is one definition: `attribute` says how a scene is explained, and all else (targets,
    layers, seeds, timing, files, the command line, wrappers) is the same for all.
    """

    name: ClassVar[str]
    """Its name in the table."""
    tolerance: float = 0.05
    """A relative gap above this is warned about, where a method promises completeness."""

    def __init_subclass__(cls, **given: Any) -> None:
        """Have the kinds of the hyper-parameters checked before the method's own checks."""
        super().__init_subclass__(**given)
        own = cls.__dict__.get("__post_init__")
        if own is None:
            return

        @functools.wraps(own)
        def checked(self: Method) -> None:
            check_kinds(self)
            own(self)

        cls.__post_init__ = checked  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        check_kinds(self)

    @abstractmethod
    def attribute(self, scene: Scene) -> Found:
        """Attribute the scene's objective to its layer."""

    def over_baselines(self, scene: Scene) -> Found:
        """Attribute a scene, averaged over the baselines where the method's is several.

        Whoever runs a method that it was given calls this, not `attribute`.
        """
        baseline = getattr(self, "baseline", None)
        if not isinstance(baseline, Several):
            return self.attribute(scene)
        mean: Found | None = None
        members = baseline.members(scene)
        for number, member in enumerate(members, 1):
            one: Found = replace(self, baseline=member).over_baselines(scene)  # type: ignore
            mean = one if mean is None else _joined(mean, one, 1 / number)
            scene.told("baselines", number, len(members))
        return mean or self.attribute(scene)

    def home(self, net: Network) -> str:
        """Name the layer that is attributed when the caller names none: the pixels."""
        return "input"

    def __call__(
        self,
        net: Network,
        images: Any,
        *,
        target: Target = None,
        layer: str | Layer | None = None,
        score: str = "logit",
        seed: int = 0,
        progress: Progress | None = silent,
    ) -> Attribution:
        """Attribute a target to a layer's neurons.

        Args:
            net: the network.
            images: [B, H, W, C] in pixel space.
            target: what is explained, see `bind_target`; default each image's own top class.
            layer: whose neurons, by name or one of `net.layers`; default the pixels, or for methods
                of convolutional maps the last such layer.
            score: what of the class, default the logit.
            seed: of every random draw.
            progress: told how far the work is.

        Returns:
            The attribution, signed and unreduced.

        Raises:
            UnknownName: no such layer, label or score; the nearest are named.
            BadValue: images or a target that do not fit the network.
            ModelError: the target does not depend on the layer.
        """
        images = checked_images(net, images)
        check_seed(seed)
        objective = bind_target(net, images, target, score)
        named = layer.name if isinstance(layer, Layer) else layer
        home = self.home(net) if named is None else named
        scene = Scene.of(net, images, home, objective, seed, progress or silent)
        return self.explain(scene)

    def explain(self, scene: Scene) -> Attribution:
        """Attribute a scene, and put what was found together with the numbers to judge it by."""
        return self.explained(scene, lambda: self.over_baselines(scene))

    def explained(self, scene: Scene, find: Callable[[], Found]) -> Attribution:
        """Find values, count what that costs, and judge them.

        Args:
            scene: what is attributed.
            find: does the work, on this scene or others of the same tally.
        """
        before, started = replace(scene.tally), time.perf_counter()
        found = find()
        values = np.asarray(found.values)
        made = Attribution(
            values=values,
            target=str(scene.objective),
            layer=scene.layer,
            baseline=None if found.baseline is None else np.asarray(found.baseline),
            change=None if found.change is None else np.asarray(found.change, np.float64),
            method=self.name,
            seed=scene.seed,
            seconds=time.perf_counter() - started,
            evaluations=scene.tally.gradients - before.gradients,
            forwards=scene.tally.forwards - before.forwards,
            status="ok",
            positive=found.positive,
            settings={**settings_of(self), **found.notes},
            targets=target_names(scene.net, scene.objective, values.shape[0]),
        )
        return judged(made, self.tolerance, found.cure)


def _joined(mean: Found, one: Found, share: float) -> Found:
    """Take one more into the mean of what was found: values, baseline and change."""

    def moved(old: Any, new: Any) -> Any:
        if old is None or new is None:
            return None
        before = np.asarray(old)
        return before + before.dtype.type(share) * (np.asarray(new) - before)

    return replace(
        mean,
        values=moved(mean.values, one.values),
        baseline=moved(mean.baseline, one.baseline),
        change=moved(mean.change, one.change),
    )


def judged(made: Attribution, tolerance: float, cure: str = "") -> Attribution:
    """Give an attribution its status, and warn with the cure where it cannot be trusted.

    Args:
        made: the attribution.
        tolerance: a relative gap above this is warned about.
        cure: what helps where values are all zero, make a blank map or do not add up; default the
            usual advice.
    """
    status, text = "ok", ""
    target = _listed(made.targets) or made.target
    change = 0.0 if made.change is None else made.change
    if not (np.isfinite(made.values).all() and np.isfinite(change).all()):
        status = "nonfinite"
        text = (
            f"The attribution of {target} at layer {made.layer!r} is not finite; check the "
            "preprocessing and the network's weights."
        )
    elif not np.abs(made.values).max(initial=0) > 0:
        status = "no_gradient"
        text = (
            f"Nothing of layer {made.layer!r} is found to change {target}: the attribution by "
            f"{made.method} is zero everywhere; "
            f"{cure or 'choose another layer, target or baseline'}."
        )
    elif made.change is not None and made.relative_gap.max() > tolerance:
        status = "incomplete"
        text = (
            f"The attribution by {made.method} misses {made.relative_gap.max():.2%} of the "
            f"target's change (tolerance {tolerance:.2%}); {cure or 'give it more steps'}."
        )
    elif made.positive and (blank := _blank(made)):
        text = (
            f"The map by {made.method} is blank: it shows only what speaks for the target, and at "
            f"layer {made.layer!r} nothing does so for {blank}; "
            f"{cure or 'choose another target or layer, or look at the signed values'}."
        )
    if text:
        warn(text)
    return replace(made, status=status)


def _blank(made: Attribution) -> str:
    """Name the targets of the images whose maps show nothing."""
    shown = [bool(heat.any()) for heat in made.heatmap()]
    names = made.targets if len(made.targets) == len(shown) else [made.target] * len(shown)
    return _listed([name for name, drawn in zip(names, shown, strict=True) if not drawn])


def _listed(targets: Sequence[str]) -> str:
    """Name each target once, and of many the first."""
    names = list(dict.fromkeys(targets))
    return ", ".join(names[:_NAMED]) + (" and others" if len(names) > _NAMED else "")


def settings_of(method: Any) -> dict[str, object]:
    """Write a method's hyper-parameters as JSON can hold them: numbers, text, or how they print."""
    given = {field.name: getattr(method, field.name) for field in fields(method)}
    plain = (bool, int, float, str, type(None))
    return {
        name: value if isinstance(value, plain) else repr(value) for name, value in given.items()
    }
