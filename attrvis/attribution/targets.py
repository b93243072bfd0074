"""What is explained: turn whatever the user says into one objective a batch of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.prediction import pooled
from attrvis.objectives import Objective, logit, parse

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
        return target.with_labels(net.class_index)
    if isinstance(target, str) and ":" in target and target not in (net.labels or ()):
        if score != "logit":
            raise BadValue(
                f"The target {target!r} says itself what counts; write '{score}:...' in it."
            )
        return parse(target).with_labels(net.class_index)
    if target is None:
        best = tf.argmax(pooled(net.run(images)["logits"]), axis=1).numpy()
        return logit(np.asarray(best, np.int32), score)
    if isinstance(target, int | str | np.integer):
        return logit(net.class_index(target if isinstance(target, str) else int(target)), score)
    listed = list(target) if isinstance(target, Sequence | np.ndarray) else [target]
    odd = [t for t in listed if not isinstance(t, int | str | np.integer)]
    if odd:
        raise BadValue(
            f"A target is a class number, a label, a list of those or an objective, not {odd[0]!r}."
        )
    classes = [net.class_index(t if isinstance(t, str) else int(t)) for t in listed]
    if len(classes) != images.shape[0]:
        raise BadValue(f"There are {len(classes)} targets for {images.shape[0]} images.")
    return logit(classes, score)
