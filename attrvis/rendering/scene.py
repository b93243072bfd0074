"""What one step of a rendering evaluates: image, transforms, background, network, objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from attrvis import optimise
from attrvis.networks import Trunk
from attrvis.objectives import Objective
from attrvis.objectives.memory import Memory
from attrvis.param import (
    Background,
    Constant,
    Parameterisation,
    premultiply_and_alpha,
    split,
)
from attrvis.rendering.pull import traced
from attrvis.transforms import Chain, copy_keys, over_copies, per_copy

OWN_READINGS = ("alpha", "image", "input", "progress", "transformed")
"""What a rendering supplies beside the network's layers."""


@dataclass(frozen=True)
class Canvas:
    """On what is drawn, apart from the network.

    Args:
        image: the parameterisation.
        size: of the image, in pixels.
        background: what lies behind transparent parts and outside of the image.
        transforms: what happens to it before the network sees it.
        channels: how many the network takes; a grey image is shown to all of them.
    """

    image: Parameterisation
    size: tuple[int, ...]
    background: Background
    transforms: Chain
    channels: int = 3

    @property
    def copies(self) -> int:
        """How many views of each image the network sees at a step."""
        return self.transforms.copies

    @property
    def key(self) -> tuple[object, ...]:
        """What decides over a trace."""
        return (self.image.decoder, self.size, self.background, self.transforms)

    @property
    def opaque(self) -> bool:
        """Whether one grey outside is all that is ever behind the image."""
        return not self.image.transparent and isinstance(self.background, Constant)

    def pool(self, keys: tf.Tensor) -> dict[str, tf.Tensor]:
        """Prepare the background, once for a run."""
        if self.opaque:
            return {}
        return self.background.prepare(keys, *self.seen)

    @property
    def seen(self) -> tuple[int, ...]:
        """The size that the network sees."""
        shape = self.transforms.output_shape([None, *self.size, self.channels])
        return tuple(int(side or 0) for side in shape[1:-1])

    def drawn(self, variables: optimise.Variables) -> tf.Tensor:
        """Decode variables to images with the network's channels, and alpha where there is one."""
        made = self.image.image(variables, self.size)
        colours, alpha = (
            (made[..., :-1], made[..., -1:]) if self.image.transparent else (made, None)
        )
        if colours.shape[-1] == self.channels:
            return made
        colours = tf.repeat(colours, self.channels, axis=-1)
        return colours if alpha is None else tf.concat([colours, alpha], axis=-1)

    def views(
        self, drawn: tf.Tensor, keys: tf.Tensor, step: tf.Tensor, pool: dict[str, tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Show images to the network: what it sees [B * copies, ...], the masks, the seen masks."""
        if self.opaque:
            # One grey outside needs no alpha: the resampling itself fills it in.
            filled = replace(self.transforms, fill=self.background.grey)  # type: ignore[attr-defined]
            shown = filled(drawn, keys, step)
            return shown, tf.ones_like(drawn[..., :1]), tf.ones_like(shown[..., :1])
        rgba = (
            drawn
            if self.image.transparent
            else tf.concat([drawn, tf.ones_like(drawn[..., :1])], -1)
        )
        weighed, alpha = premultiply_and_alpha(rgba)
        rgb, seen = split(self.transforms(weighed, keys, step))
        own = copy_keys(keys, self.copies)
        shown = self.background.compose(rgb, seen, own, step, pool, premultiplied=True)
        return shown, alpha, seen


def evaluation(
    trunk: Trunk, objective: Objective, canvas: Canvas, *, remember: bool = True
) -> optimise.Staged:
    """Make the two stages of what a step climbs: what the network sees, and what it says of it.

    Args:
        trunk: the network up to the objective's layers.
        objective: its structure is built in; its numbers come as `data["numbers"]`.
        canvas: what is drawn on.
        remember: whether this one takes a step's values in, where an objective has a memory.

    Returns:
        The stages. `data` holds `keys`, `pool`, `numbers` and `last`, the number of the last step;
        `memory`, the variables of an objective that has one; `trace`, a variable that sums up the
        sizes of the gradients at the pictures;
        and `still` at the steps of a rescue: pictures of which the network said nothing, so that
        terms which do not ask it have to wait. The score gives each picture's objective [B], and
        its terms by number.
    """
    layers = network_layers(objective)

    def scene(
        variables: optimise.Variables, data: Any, step: tf.Tensor
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        drawn = canvas.drawn(variables)
        if "trace" in data:
            drawn = traced(drawn, data["trace"], data.get("loss_scale"))
        shown, alpha, seen = canvas.views(drawn, data["keys"], step, data["pool"])
        return shown, {
            "alpha": per_copy(alpha, canvas.copies),
            "image": per_copy(_colours(drawn, canvas.image), canvas.copies),
            "transformed": seen,
            "progress": tf.cast(step, tf.float32) / data["last"],
            "input": shown,
        }

    def score(
        shown: tf.Tensor, own: dict[str, tf.Tensor], data: Any, step: tf.Tensor
    ) -> tuple[tf.Tensor, optimise.Terms]:
        readings = {**own, **(trunk(shown) if layers else {})}
        if "memory" in data:
            readings["memory"] = Memory(data["memory"], remember)  # type: ignore[assignment]
        count = own["image"].shape[0] // canvas.copies
        addends = objective.terms or (objective,)
        values = _terms(objective, data["numbers"], readings, canvas.copies)
        terms = [_one_a_picture(value, count, canvas.copies) for value in values]
        climbed = terms
        if "still" in data:
            climbed = [
                term if network_layers(one) else _waiting(term, data["still"])
                for one, term in zip(addends, terms, strict=True)
            ]
        total = tf.add_n(climbed)
        return total, {"objective": total, **{str(i): t for i, t in enumerate(terms)}}

    return optimise.Staged(scene, score)


def _waiting(term: tf.Tensor, still: tf.Tensor) -> tf.Tensor:
    return tf.where(still, tf.stop_gradient(term), term)


def _colours(drawn: tf.Tensor, image: Parameterisation) -> tf.Tensor:
    return drawn[..., :-1] if image.transparent else drawn


def network_layers(objective: Objective) -> list[str]:
    """List what an objective reads of the network."""
    return [name for name in objective.layers if name not in OWN_READINGS]


def _terms(
    objective: Objective,
    numbers: Sequence[tf.Tensor],
    readings: dict[str, tf.Tensor],
    copies: int,
) -> list[tf.Tensor]:
    """Evaluate each addend with the numbers that are given, one row a view."""
    found = []
    at = 0
    for term in objective.terms or (objective,):
        own = list(numbers[at : at + len(term.parameters)])
        at += len(own)
        if copies > 1:
            own = [
                per_copy(p, copies) if p.shape.rank > rank else p
                for p, rank in zip(own, term.ranks, strict=True)
            ]
        found.append(term.with_parameters(own)(readings))
    return found


def _one_a_picture(term: tf.Tensor, count: int, copies: int) -> tf.Tensor:
    if copies > 1 and term.shape.rank and term.shape[0] == count * copies:
        term = over_copies(term, copies)
    return tf.broadcast_to(term, [count])
