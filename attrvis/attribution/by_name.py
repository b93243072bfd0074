"""Attribute with any method by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import tensorflow as tf

from attrvis import images as pictures
from attrvis.attribution._table import TABLE
from attrvis.attribution.result import Attribution
from attrvis.attribution.targets import Target
from attrvis.errors import BadValue
from attrvis.networks import Network


def attribute(
    net: Network,
    images: Any,
    method: str = "aumann-shapley",
    *,
    target: Target = None,
    layer: str | None = None,
    score: str = "logit",
    seed: int = 0,
    fit: Literal["crop", "pad", "stretch"] = "crop",
    **settings: Any,
) -> Attribution:
    """Attribute a target to a layer's neurons or to the pixels.

    Args:
        net: the network.
        images: one photo or several: paths, PIL images or arrays; fitted to the network's size.
            For a network that takes other things, a batch of those.
        method: a method of `attrvis.attribution.TABLE`.
        target: what is explained; default each image's own top class.
        layer: whose neurons; default the pixels, or of methods of convolutional maps the last
            such layer.
        score: what of the class; default the logit.
        seed: of every random draw.
        fit: `crop`, `pad` or `stretch`.
        settings: the method's own, such as `points=64`.

    Returns:
        The attribution.

    Raises:
        UnknownName: no such method, layer or label; the nearest are named.
        BadValue: no photo at all, or settings that the method does not take.
        ImageError: a photo cannot be used.
    """
    made = TABLE[method](**settings)
    if not net.size:
        found = made(net, images, target=target, layer=layer, score=score, seed=seed)
        together = net.lowered.packing is not None and found.layer == "input"
        return replace(found, inputs=net.unpacked(found.values)) if together else found
    several = list(images) if isinstance(images, list | tuple) else [images]
    if getattr(images, "ndim", 3) == 4:
        several = list(images)
    if not several:
        raise BadValue("There is no photo to attribute; give at least one.")
    fitted = [pictures.fit(pictures.read(image), net.image_size, fit)[0] for image in several]
    batch = tf.stack([tf.constant(image) for image in fitted])
    return made(net, batch, target=target, layer=layer, score=score, seed=seed)
