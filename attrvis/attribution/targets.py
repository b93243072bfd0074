"""What is explained: turn whatever the user says into one objective a batch of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.prediction import pooled
from attrvis.objectives import Objective, logit, parse

_RENDERED = ("alpha", "image", "progress", "transformed")

Target = int | str | Sequence[int | str] | Objective | None


def bind_target(
    net: Network, images: tf.Tensor, target: Target = None, score: str = "logit"
) -> Objective:
    """Bind a target to a network and images.

    Args:
        net: the network.
        images: [B, H, W, C] in pixel space.
        target: None (each image's own top class, frozen), a class number, a label, a list of
            those (one an image), an objective, or the text of one, such as
            `mixed4d:42` or `logit:tabby - logit:lynx` (see `attrvis.objectives.parse`).
        score: what of the class, see `attrvis.objectives.logit`.

    Returns:
        The objective, its labels looked up.

    Raises:
        UnknownName: no such label or score; the nearest are named.
        BadValue: a class number out of range, a list of another length than the batch, or a text
            that cannot be read.
    """
    if isinstance(target, Objective):
        if target.coupled:
            raise BadValue(
                f"The target '{target}' looks at the other images of a batch, and attribution "
                "mixes those with each other's paths; leave alignment and diversity out."
            )
        return _checked(net, target.with_labels(net.class_index), int(images.shape[0]))
    if isinstance(target, str) and ":" in target and target not in (net.labels or ()):
        if score != "logit":
            raise BadValue(
                f"The target {target!r} says itself what counts; write '{score}:...' in it."
            )
        return _checked(net, parse(target).with_labels(net.class_index), int(images.shape[0]))
    if target is None:
        best = tf.argmax(pooled(net.run(images)["logits"]), axis=1).numpy()
        return logit(np.asarray(best, np.int32), score)
    if _is_class(target):
        return logit(net.class_index(target if isinstance(target, str) else int(target)), score)
    listed = list(target) if isinstance(target, Sequence | np.ndarray) else [target]
    odd = [t for t in listed if not _is_class(t)]
    if odd:
        raise BadValue(
            f"A target is a class number, a label, a list of those or an objective, not {odd[0]!r}."
        )
    classes = [net.class_index(t if isinstance(t, str) else int(t)) for t in listed]
    if len(classes) != images.shape[0]:
        raise BadValue(f"There are {len(classes)} targets for {images.shape[0]} images.")
    return logit(classes, score)


def _is_class(target: object) -> TypeGuard[int | str]:
    """Tell whether this may name a class; a switch is a number to Python alone."""
    return isinstance(target, int | str | np.integer) and not isinstance(target, bool)


def _checked(net: Network, objective: Objective, count: int) -> Objective:
    """Evaluate an objective on zeros: a unit that does not exist is found before any work.

    Raises:
        UnknownName: no such layer.
        BadValue: a unit, class or position that does not exist, or numbers of other images.
    """
    for numbers, rank in zip(objective.parameters, objective.ranks, strict=True):
        if np.ndim(numbers) > rank and len(np.asarray(numbers)) not in (1, count):
            raise BadValue(
                f"The target '{objective}' has numbers for {len(np.asarray(numbers))} images, and "
                f"there are {count}."
            )
    readings: dict[str, tf.Tensor] = {}
    for name in objective.layers:
        # What only a rendering has is refused, with its reason, where the network is cut.
        shape = () if name in _RENDERED else net.layer(name).shape[1:]
        if name in _RENDERED or None in shape:
            return objective
        readings[name] = tf.zeros([count, *shape])
    objective(readings)
    return objective


def target_names(net: Network, objective: Objective, count: int) -> tuple[str, ...]:
    """Say of each image what is explained, as a person reads it.

    Args:
        net: the network that the objective is bound to.
        objective: what is explained.
        count: how many images.

    Returns:
        The label of the class where the objective is a class's score, else the objective's text.

    Example:
        >>> from attrvis.networks import load
        >>> target_names(load("embedded"), logit([113, 0]), 2)
        ('espresso', 'goldfish')
    """
    if not (isinstance(objective.structure, tuple) and objective.structure[:1] == ("logit",)):
        return (str(objective),) * count
    score, output = objective.structure[1:3]
    numbers = np.asarray(objective.parameters[0])
    if output != "logits" or numbers.dtype.kind not in "iu":
        return (str(objective),) * count
    before = "" if score == "logit" else f"{score} of "
    each = np.broadcast_to(numbers, count)
    return tuple(before + net.label(int(number)).split(",")[0].strip() for number in each)
