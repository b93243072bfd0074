"""The affine map between pixel space and what a network's graph eats."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attrvis.errors import BadValue, unknown

if TYPE_CHECKING:
    import tensorflow as tf

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)
_CAFFE_RGB_MEAN = (123.68, 116.779, 103.939)


@dataclass(frozen=True)
class Preprocess:
    """Maps RGB in [0, 1] to a network's own input, and back.

    The network eats `(channels - mean) / std`, where `channels` is RGB, or BGR when `bgr` is set.

    Args:
        name: how it is called in messages and files.
        mean: subtracted, one value a channel in the network's channel order, or one for all.
        std: divided by, likewise, never 0.
        bgr: whether the network wants blue first.
        found: how it became known, for people; two that differ in this alone are equal.

    Raises:
        BadValue: not one or three finite numbers each, or a zero in `std`.

    Example:
        >>> named("tf").mean, named("tf").std
        ((0.5,), (0.5,))
    """

    name: str
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    bgr: bool = False
    found: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        numbers = (*self.mean, *self.std)
        fits = all(len(v) in (1, 3) for v in (self.mean, self.std))
        if not fits or not all(map(math.isfinite, numbers)) or 0 in self.std:
            raise BadValue(
                f"Preprocessing {self.name!r} needs a mean and a std of one finite number, or one "
                f"a channel, the std without zeros; not {self.mean} and {self.std}."
            )

    def apply(self, images: tf.Tensor) -> tf.Tensor:
        """Turn pixel space [B, H, W, C] into the network's input of the same shape."""
        if self.bgr:
            images = images[..., ::-1]
        if self.mean != (0.0,):
            images = images - list(self.mean)
        if self.std != (1.0,):
            images = images * [1.0 / s for s in self.std]
        return images

    def invert(self, inputs: tf.Tensor) -> tf.Tensor:
        """Turn the network's input [B, H, W, C] back into pixel space."""
        images = inputs * list(self.std) + list(self.mean)
        return images[..., ::-1] if self.bgr else images

    def __str__(self) -> str:
        def shown(values: tuple[float, ...]) -> str:
            return ",".join(f"{v:.4g}" for v in values)

        order = "BGR" if self.bgr else "RGB"
        return f"{self.name} ({order}; mean {shown(self.mean)}, std {shown(self.std)} of [0, 1])"


_NAMED = {
    "unit": Preprocess("unit"),
    "255": Preprocess("255", std=(1 / 255,)),
    "tf": Preprocess("tf", mean=(0.5,), std=(0.5,)),
    "torch": Preprocess("torch", mean=_IMAGENET_MEAN, std=_IMAGENET_STD),
    "caffe": Preprocess(
        "caffe", tuple(m / 255 for m in reversed(_CAFFE_RGB_MEAN)), (1 / 255,), bgr=True
    ),
    "caffe-rgb": Preprocess("caffe-rgb", tuple(m / 255 for m in _CAFFE_RGB_MEAN), (1 / 255,)),
}

NAMES: tuple[str, ...] = tuple(_NAMED)
"""The preprocessings that have a name."""

_CUSTOM = re.compile(r"mean=(?P<mean>[^=]+?),?\s*std=(?P<std>[^=]+)")


def named(text: str) -> Preprocess:
    """Look up a preprocessing by name, or read a custom one.

    Args:
        text: `unit` ([0, 1]), `255` ([0, 255]), `tf` ([-1, 1]), `torch` (ImageNet mean and std),
            `caffe` (BGR * 255 - mean), `caffe-rgb` (RGB * 255 - mean), or
            `mean=R,G,B,std=R,G,B` in [0, 1] units.

    Returns:
        The preprocessing.

    Raises:
        UnknownName: no such name; the nearest are named.
        BadValue: a custom one whose numbers cannot be read, or a zero std.

    Example:
        >>> named("mean=0.5,0.5,0.5,std=0.25,0.25,0.25").std
        (0.25, 0.25, 0.25)
    """
    if text in _NAMED:
        return _NAMED[text]
    if not text.startswith("mean="):
        raise unknown("preprocessing", text, [*_NAMED, "mean=R,G,B,std=R,G,B"])
    match = _CUSTOM.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        mean = tuple(float(v) for v in match["mean"].split(","))
        std = tuple(float(v) for v in match["std"].split(","))
    except ValueError:
        raise BadValue(
            f"Preprocessing {text!r} cannot be read; write mean=R,G,B,std=R,G,B in [0, 1] units."
        ) from None
    return Preprocess("custom", mean, std)


_KERAS_FAMILIES = (
    (r"(vgg16|vgg19|resnet50|resnet101|resnet152)", "caffe"),
    (r"(resnet50v2|resnet101v2|resnet152v2|inception_v3|inception_resnet_v2|xception)", "tf"),
    (r"(mobilenet_[0-9.]+_[0-9]+|mobilenetv2_[0-9.]+_[0-9]+|nasnet.*|NASNet)", "tf"),
    (r"densenet(121|169|201)", "torch"),
    # Built without their own preprocessing layer; with it they are known by that.
    (r"(efficientnetv2.*|[mM]obile[nN]et[vV]3.*)", "tf"),
)


def recognised(model: Any) -> tuple[Preprocess | None, str]:
    """Tell the preprocessing of a Keras model, if it shows.

    Args:
        model: a Keras model, of which the name and the first layers are looked at.

    Returns:
        The preprocessing, or None, and how it was found.
    """
    for layer in list(getattr(model, "layers", ()))[:4]:
        if type(layer).__name__ in ("Rescaling", "Normalization"):
            # The graph does it itself, from the range in which image files come.
            return _NAMED["255"], f"its own layer {layer.name!r} takes [0, 255]"
    for pattern, name in _KERAS_FAMILIES:
        if re.fullmatch(pattern, model.name):
            return _NAMED[name], f"keras.applications network {model.name!r}"
    return None, ""
