"""Attribute photos with any method by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import tensorflow as tf

from attrvis import images as pictures
from attrvis.attribution.checked import check_network
from attrvis.attribution.method import Method
from attrvis.attribution.naming import method_of
from attrvis.attribution.result import Attribution
from attrvis.attribution.targets import Target
from attrvis.errors import BadValue
from attrvis.images import Frame
from attrvis.images.frames import How
from attrvis.networks import Layer, Network
from attrvis.progress import Progress, silent


def attribute(
    net: Network,
    images: Any,
    method: str | Method = "aumann-shapley",
    *,
    target: Target = None,
    layer: str | Layer | None = None,
    score: str = "logit",
    seed: int = 0,
    fit: How = "crop",
    progress: Progress | None = silent,
    **settings: Any,
) -> Attribution:
    """Attribute a target to a layer's neurons or to the pixels.

    Args:
        net: the network.
        images: one photo or several: paths, PIL images or arrays; fitted to the network's size.
            For a network that takes other things, a batch of those.
        method: a method of `attrvis.attribution.TABLE` by name, or one made already, such as
            `NoiseGrad(method="grad-cam")`.
        target: what is explained; default each image's own top class.
        layer: whose neurons, by name or one of `net.layers`; default the pixels, or of methods of
            convolutional maps the last such layer.
        score: what of the class; default the logit.
        seed: of every random draw.
        fit: `crop`, `pad` or `stretch`.
        progress: told how far the work is.
        settings: the method's own hyper-parameters, such as `steps=64`; what a wrapper wraps is
            said where it is made.

    Returns:
        The attribution, with the photos as the network saw them.

    Raises:
        UnknownName: no such method, setting, layer or label; the nearest are named.
        BadValue: no network, no photo at all, or a hyper-parameter outside its range.
        ImageError: a photo cannot be used.
    """
    check_network(net)
    made = method_of(method, settings)

    def explained(batch: Any) -> Attribution:
        return made(
            net, batch, target=target, layer=layer, score=score, seed=seed, progress=progress
        )

    if not net.size:
        found = explained(images)
        together = net.lowered.packing is not None and found.layer == "input"
        return replace(found, inputs=net.unpacked(found.values)) if together else found
    batch, frames = fitted(net, images, fit)
    return replace(explained(batch), photos=batch.numpy(), frames=frames)


def fitted(net: Network, images: Any, fit: How = "crop") -> tuple[tf.Tensor, tuple[Frame, ...]]:
    """Read photos and bring them to the size that a network takes.

    Args:
        net: the network.
        images: one photo or several: paths, PIL images, or arrays [H, W, 3] or [B, H, W, 3].
        fit: `crop`, `pad` or `stretch`.

    Returns:
        float32 [B, h, w, 3] in [0, 1], and where each lies in its photo.

    Raises:
        BadValue: no photo at all.
        ImageError: a photo cannot be used.
    """
    known = isinstance(images, str | list | tuple) or hasattr(images, "__array__")
    if isinstance(images, Iterable) and not known:
        raise BadValue(
            f"Photos are one, a list of them or an array [B, H, W, 3], not a "
            f"{type(images).__name__}; a dataset or generator goes to attribute_each()."
        )
    alone = not isinstance(images, list | tuple) and getattr(images, "ndim", 3) != 4
    several: Sequence[Any] = [images] if alone else list(images)
    if not several:
        raise BadValue("There is no photo to attribute; give at least one.")
    made = [pictures.fit(pictures.read(image), net.image_size, fit) for image in several]
    return tf.stack([tf.constant(image) for image, _ in made]), tuple(frame for _, frame in made)
