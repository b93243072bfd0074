"""The door `slim:NAME?checkpoint=FILE`: TF-Slim's own networks with a checkpoint's weights."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import tensorflow as tf

from attrvis.errors import BadValue, ModelError, unknown
from attrvis.networks.checkpoint import read_checkpoint, with_checkpoint
from attrvis.networks.door import Door, Opened, Options, first_line
from attrvis.networks.inlining import pruned
from attrvis.networks.lowered import from_graph_def
from attrvis.networks.preprocess import Preprocess, named

_PREFIX = "slim:"
_FAMILIES = {
    "alexnet": ("alexnet_v2_arg_scope", None),
    "inception_v1": ("inception_v1_arg_scope", "tf"),
    "inception_v2": ("inception_v2_arg_scope", "tf"),
    "inception_v3": ("inception_v3_arg_scope", "tf"),
    "overfeat": ("overfeat_arg_scope", None),
    "resnet_v1": ("resnet_arg_scope", "caffe-rgb"),
    "resnet_v2": ("resnet_arg_scope", "tf"),
    "vgg": ("vgg_arg_scope", "caffe-rgb"),
}
"""Module -> its argument scope, and what its published checkpoints were trained on."""
_HEADS = ("logits/biases", "Logits/Conv2d_0c_1x1/biases", "Logits/Conv2d_1c_1x1/biases",
          "fc8/biases")  # fmt: skip
_NETWORK = re.compile(r"alexnet_v2|inception_v[123]|overfeat|resnet_v[12]_\d+|vgg_(a|16|19)")
_SIZES = {"overfeat": 231}
_DEFAULT_SIZE = 224


def networks() -> dict[str, tuple[Callable[..., Any], Callable[..., Any], str | None]]:
    """List TF-Slim's networks: name -> the function, its argument scope, and the range it eats.

    Raises:
        ModelError: `tf_slim` is not installed.
    """
    _import_slim()
    found = {}
    for module, (scope, range_) in _FAMILIES.items():
        loaded = importlib.import_module(f"tf_slim.nets.{module}")
        for name, value in vars(loaded).items():
            if _NETWORK.fullmatch(name) and callable(value):
                found[name] = (value, getattr(loaded, scope), range_)
    return found


def _import_slim() -> None:
    """Import `tf_slim`, which looks for a module of tf_keras under the name that it once had."""
    alias = "tf_keras.legacy_tf_layers"
    try:
        if alias not in sys.modules:
            sys.modules[alias] = importlib.import_module("tf_keras.src.legacy_tf_layers")
            import tf_keras

            tf_keras.legacy_tf_layers = sys.modules[alias]
        importlib.import_module("tf_slim")
    except ImportError as error:
        raise ModelError(
            f"The door slim: needs the package tf_slim ({error}); install attrvis[slim]."
        ) from None


def build(
    name: str, checkpoint: str, *, classes: int | None, size: tuple[int, int] | None
) -> tuple[tf.compat.v1.GraphDef, str, str, dict[str, str], tuple[int, int], Preprocess | None]:
    """Build a network and fill it from a checkpoint.

    Args:
        name: of the network, such as `resnet_v1_50`.
        checkpoint: of it.
        classes: how many outputs; default as the checkpoint has them.
        size: height and width of the input in pixels; default the network's own.

    Returns:
        The graph, its input and its logits, the layers that TF-Slim names, the size, and the
        preprocessing of TF-Slim's published checkpoints.

    Raises:
        UnknownName: no such network; the nearest are named.
        ModelError: the checkpoint is missing or belongs to another network.
    """
    known = networks()
    if name not in known:
        raise unknown("TF-Slim network", name, known)
    network, scope, range_ = known[name]
    reader = read_checkpoint(checkpoint)
    side = getattr(network, "default_image_size", _SIZES.get(name, _DEFAULT_SIZE))
    height, width = size or (side, side)
    import tf_slim

    with tf.Graph().as_default() as graph:
        images = tf.compat.v1.placeholder(tf.float32, (None, height, width, 3), name="images")
        count = classes or _classes(reader)
        try:
            with tf_slim.arg_scope(scope()):
                logits, points = network(images, num_classes=count, is_training=False)
        except ValueError as error:
            raise ModelError(
                f"TF-Slim cannot build {name} for {height}x{width} pixels ({first_line(error)}); "
                "leave the size out."
            ) from None
        logits = tf.identity(tf.reshape(logits, [-1, logits.shape[-1]]), name="class_scores")
    graph_def = pruned(graph.as_graph_def(), [logits.name, images.name])
    kept = {node.name for node in graph_def.node}
    layers = {
        path: tensor.name
        for path, tensor in points.items()
        if tensor.op.name in kept and (tensor.shape.rank or 0) >= 2
    }
    filled = with_checkpoint(graph_def, reader)
    preprocess = named(range_) if range_ else None
    return filled, images.name, logits.name, layers, (height, width), preprocess


def _classes(reader: Any) -> int:
    held = reader.get_variable_to_shape_map()
    found = {shape[0] for n, shape in held.items() if n.endswith(_HEADS) and "Aux" not in n}
    if len(found) != 1:
        raise ModelError(
            "The checkpoint does not tell the number of classes; say it, as in "
            "slim:NAME?checkpoint=FILE&classes=1000."
        )
    return int(found.pop())


def _accepts(source: Any) -> bool:
    return isinstance(source, str) and source.startswith(_PREFIX)


def _open(source: Any, options: Options) -> Opened:
    name, _, query = source.removeprefix(_PREFIX).partition("?")
    choices = dict(parse_qsl(query, keep_blank_values=True))
    strange = sorted(choices.keys() - {"checkpoint", "classes"})
    if strange or not choices.get("checkpoint"):
        raise BadValue(
            f"{source!r} cannot be read; write slim:{name}?checkpoint=FILE, and &classes=N if the "
            "checkpoint does not tell."
        )
    if not choices.get("classes", "1").isdigit():
        raise BadValue(f"classes={choices['classes']!r} is no number of classes.")
    graph_def, images, logits, layers, size, preprocess = build(
        name,
        choices["checkpoint"],
        classes=int(choices["classes"]) if "classes" in choices else None,
        size=options.size,
    )
    lowered = from_graph_def(
        graph_def, input=images, output=logits, layers=layers, trust=options.trust
    )
    return Opened(name, lowered, preprocess, "TF-Slim's own checkpoints", None, size)


DOOR = Door(_accepts, _open)
