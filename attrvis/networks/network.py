"""A trained network: its layers, its labels, and one primitive to read and edit them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue, ModelError, unknown
from attrvis.networks import labels as label_names
from attrvis.networks.editing import Edit, advance
from attrvis.networks.execution import IMAGES, Engine, as_float
from attrvis.networks.layer import Layer
from attrvis.networks.lowered import Lowered
from attrvis.networks.names import resolve
from attrvis.networks.precision import HALVES, in_half
from attrvis.networks.prediction import Prediction, pooled
from attrvis.networks.preprocess import Preprocess
from attrvis.networks.rules import Rule, rule_of, ruled
from attrvis.networks.sanity import check_predictions
from attrvis.networks.tail import Tail
from attrvis.networks.trunk import Trunk, trunk_of
from attrvis.networks.wiring import node_of

LOGITS = "logits"
"""The reserved reading for the scores before the softmax."""

_MOST_CONSTANT_BYTES = 2**30  # a graph holds 2 GB at most


class Network:
    """A network of any origin, as one graph whose layers can be read and edited.

    Made by `attrvis.load`.

    Args:
        name: how results call it.
        lowered: its graph.
        logits: the tensor of class scores before the softmax, or several of which the first of the
            shape [batch, classes] is taken.
        preprocess: maps RGB in [0, 1] to what the graph eats.
        labels: one a class, or None.
        size: height and width of its input in pixels, or nothing if it takes no images.
    """

    def __init__(
        self,
        name: str,
        lowered: Lowered,
        *,
        logits: str | Sequence[str],
        preprocess: Preprocess,
        labels: Sequence[str] | None,
        size: tuple[int, ...],
    ) -> None:
        self.name = name
        self.preprocess = preprocess
        self.size = size
        self.precision = "float32"
        self.exact: Network = self
        """The same network in float32, for numbers that must hold."""
        self.lowered = lowered
        """Its graph, and the variables that feed it."""
        self.rule = ""
        """The rule that its gradients follow; empty: the plain ones."""
        self.touched: dict[str, int] = {}
        """How many ops of each type the rule touched."""
        self._engine = Engine(lowered, preprocess.apply)
        candidates = [logits] if isinstance(logits, str) else list(logits)
        shapes = [self._engine.shape(name) for name in candidates]
        fitting = [
            (name, shape)
            for rank in (2, 3, 4)
            for name, shape in zip(candidates, shapes, strict=True)
            if shape.rank == rank and shape[-1] is not None
        ]
        if not fitting:
            raise ModelError(
                f"The logits {candidates[0]!r} have shape {shapes[0]}, not [batch, classes] or "
                "[batch, rows, columns, classes]; name the tensor of class scores with logits=."
            )
        self._logits, shape = fitting[0]
        self.classes = int(shape[-1])
        self.labels = None if labels is None else label_names.fitted(labels, self.classes)
        self._remembered: dict[Hashable, Any] = {}
        self._taken: tuple[dict[str, np.ndarray], Network] | None = None

    def __repr__(self) -> str:
        return f"Network({self.name!r}, {len(self.layers)} layers, {self.classes} classes)"

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of the images that it takes; ModelError if it takes none."""
        if len(self.size) != 2:
            raise ModelError(
                f"{self.name!r} takes no images, so there is nothing to draw or to fit; "
                "attrvis.attribute takes arrays of what it eats."
            )
        return self.size[0], self.size[1]

    @property
    def logits(self) -> str:
        """The name of the tensor of class scores before the softmax."""
        return node_of(self._logits)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers between the images and the logits, in the order in which they run."""
        wiring = self._engine.wiring
        lowered = self._engine.lowered
        between = wiring.dependents([lowered.input]) & set(wiring.ancestors([self._logits]))
        named = lowered.layers or {name: f"{name}:0" for name in wiring.order if name in between}
        found = []
        for name, tensor in named.items():
            shape = self._engine.shape(tensor)
            floating = self._engine.dtype(tensor).is_floating
            if node_of(tensor) in between and floating and shape.rank and shape.rank >= 2:
                found.append((wiring.order[node_of(tensor)], name, tensor, shape))
        return tuple(
            Layer(name, tuple(shape.as_list()), self._kind(tensor))
            for _, name, tensor, shape in sorted(found, key=lambda f: f[:2])
        )

    def _kind(self, tensor: str) -> str:
        wiring = self._engine.wiring
        while (node := wiring.nodes[node_of(tensor)]).op == "Identity":
            tensor = wiring.inputs[node.name][0]
        return node.op

    def layer(self, name: str) -> Layer:
        """Find a layer by its name, or by a suffix of it that is unique.

        Raises:
            UnknownName: no such layer; the nearest are named.
        """
        tensor = self.lowered.input if name == IMAGES else self._tensor(name)
        shape = tuple(self._engine.shape(tensor).as_list())
        return Layer(name, shape, self._kind(tensor))

    def _tensor(self, name: str) -> str:
        if name == LOGITS:
            return self._logits
        layers, nodes = self.lowered.layers, self._engine.wiring.nodes
        outputs = self.lowered.outputs
        tensor = outputs[name] if name in outputs else resolve(name, layers, nodes)
        if not self._engine.has(tensor):
            raise unknown("layer", name, layers or nodes)
        return tensor

    def feeds(self, layer: str, other: str = LOGITS) -> bool:
        """Tell whether `other` depends on `layer`."""
        if other == IMAGES:
            return layer == IMAGES
        tensor = self.lowered.input if layer == IMAGES else self._tensor(layer)
        target = self._tensor(other)
        return tensor == target or node_of(target) in self._engine.wiring.dependents([tensor])

    def gate(self, layer: str) -> bool:
        """Tell whether every path from the images to the logits runs through `layer`."""
        if layer == IMAGES:
            return self.feeds(layer)
        beside = self._engine.wiring.frontier(
            [self._logits], self._tensor(layer), [self.lowered.input]
        )
        return not beside and self.feeds(layer)

    def run(
        self,
        images: tf.Tensor,
        read: Sequence[str] = (LOGITS,),
        edit: Mapping[str, Edit] | None = None,
    ) -> dict[str, tf.Tensor]:
        """Run the network, reading layers and putting other tensors in their place.

        Args:
            images: [B, H, W, C] in pixel space, or what else the network takes.
            read: layer names, `logits`, or `input` for the images.
            edit: layer name, or `input`, -> a tensor that replaces the layer, or a function of the
                layer's tensor that gives one. Everything downstream sees it; paths that bypass
                the layer still come from the images; a later edit sees the earlier ones.

        Returns:
            The readings by the names given: each layer after its edit, in float32.

        Raises:
            UnknownName: no such layer.
            BadValue: images or an edit of another shape or another number.
        """
        images = self._fitting(images)
        edit = dict(edit or {})
        if IMAGES in edit:
            value = edit.pop(IMAGES)
            images = self._fitting(value(images) if callable(value) else value)
        tensors = {name: self._tensor(name) for name in read if name != IMAGES}
        edits = {self._tensor(name): (name, value) for name, value in edit.items()}
        readings = advance(self._engine, {IMAGES: images}, list(tensors.values()), edits)
        found = {name: as_float(readings[tensor]) for name, tensor in tensors.items()}
        return {name: images if name == IMAGES else found[name] for name in read}

    def packed(self, given: Any) -> tf.Tensor:
        """Lay inputs out as the rows that the network takes, where it takes several together.

        Args:
            given: a batch in the model's own structure; of a network with one input, that.

        Raises:
            BadValue: another structure, or an input of another shape.
        """
        packing = self.lowered.packing
        if packing is None or tf.is_tensor(given) or isinstance(given, np.ndarray):
            return tf.convert_to_tensor(given)
        return packing.pack(given)

    def unpacked(self, rows: Any) -> Any:
        """Bring rows back into the model's own structure of inputs; see `packed`."""
        packing = self.lowered.packing
        return rows if packing is None else packing.unpack(rows)

    def _fitting(self, images: Any) -> tf.Tensor:
        images = self.packed(images)
        images = tf.cast(images, tf.float32)
        expected = self._engine.shape(self.lowered.input)
        rank = expected.rank or 4
        if images.shape.rank != rank or not images.shape[1:].is_compatible_with(expected[1:]):
            sides = ", ".join(map(str, expected[1:])) if expected.rank else "H, W, C"
            raise BadValue(
                f"The images have the shape {images.shape}, but {self.name!r} takes [B, {sides}]; "
                "bring them to that size first."
            )
        return images

    def cut(self, layer: str, read: Sequence[str] = (LOGITS,)) -> Tail:
        """Cut the network after a layer, so that the part behind it can run alone.

        Args:
            layer: the layer whose values will be given.
            read: what the tail is to compute from them.

        Returns:
            The tail.

        Raises:
            UnknownName: no such layer.
            ModelError: none of the readings depends on the layer.
        """
        if not any(self.feeds(layer, name) for name in read):
            raise ModelError(
                f"The layer {layer!r} does not feed {', '.join(map(repr, read))}, so it cannot "
                "contribute to it; choose a layer before it."
            )
        tensor = IMAGES if layer == IMAGES else self._tensor(layer)
        tensors = {name: IMAGES if name == IMAGES else self._tensor(name) for name in read}
        return Tail(self._engine, self._fitting, tensor, tensors)

    def trunk(self, read: Sequence[str], size: Sequence[int] | None = None) -> Trunk:
        """Cut the network behind some layers, so that images of another size may be run to them.

        Args:
            read: layer names, or `logits`.
            size: height and width of images in pixels; default, and for others, the network's own.

        Returns:
            The part up to those layers.

        Raises:
            UnknownName: no such layer.
            ModelError: they cannot be computed at that size; the op where it fails is named.
        """
        tensors = {name: self._tensor(name) for name in read}
        wanted = None if size is None or len(size) != 2 or tuple(size) == self.size else tuple(size)
        return self.remember(
            ("trunk", tuple(tensors.items()), wanted),
            lambda: trunk_of(self.lowered, self.preprocess.apply, tensors, wanted),
        )

    def with_precision(self, precision: str) -> Network:
        """Give the same network computing its convolutions and products in another precision.

        Args:
            precision: `float32`, `bfloat16` or `float16`.

        Raises:
            BadValue: another precision.
        """
        if precision == self.precision:
            return self
        if precision == "float32":
            return self.exact
        if precision not in HALVES:
            raise BadValue(
                f"There is no precision {precision!r} here; use float32, bfloat16 or float16."
            )
        if self.precision != "float32":
            return self.exact.with_precision(precision)
        engine, half = self._engine, HALVES[precision]
        lowered = in_half(self.lowered, half, engine.dtype, engine.shape, [self._logits])
        # The casts between are nobody's layers.
        named = {layer.name: self._tensor(layer.name) for layer in self.layers}
        other = self._on(replace(lowered, layers=lowered.layers or named))
        other.precision, other.rule, other.touched = precision, self.rule, self.touched
        other.exact = self
        return other

    def with_rule(self, rule: str | Rule) -> Network:
        """Give the same network with other gradients; its values stay.

        Args:
            rule: `guided`, `deconvnet`, `redirected_relu`, `smoothed_maxpool`, `linear`, or a rule
                of your own.

        Returns:
            The network; its `rule` and `touched` tell what was changed.

        Raises:
            UnknownName: no such rule; the nearest are named.
            BadValue: the rule touches no op of this network.
        """
        chosen = rule_of(rule)
        lowered, touched = ruled(self.lowered, chosen)
        other = self._on(lowered)
        other.precision, other.rule, other.touched = self.precision, chosen.name, touched
        other.exact = other if self.exact is self else self.exact.with_rule(chosen)
        return other

    def snapshot(self) -> Network:
        """Give the same network with its weights as they are now, as constants.

        TensorFlow brings constant kernels into the processor's order once instead of at every
        step, so it runs a few per cent faster; changes of the weights do not reach it. It is made
        anew only when the weights have changed; a network of more than 1 GB is given back as it
        is, live.
        """
        weights = self.lowered.weights()
        if not weights or sum(w.nbytes for w in weights.values()) > _MOST_CONSTANT_BYTES:
            return self
        known, other = self._taken or ({}, self)
        same = known.keys() == weights.keys()
        if not (same and all(np.array_equal(known[name], w) for name, w in weights.items())):
            other = self._on(self.lowered.fixed(weights))
            other.precision, other.rule, other.touched = self.precision, self.rule, self.touched
            other.exact = other if self.exact is self else self.exact
            self._taken = (weights, other)
        return other

    def _on(self, lowered: Lowered) -> Network:
        return Network(
            self.name,
            lowered,
            logits=self._logits,
            preprocess=self.preprocess,
            labels=self.labels,
            size=self.size,
        )

    def remember(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Make something compiled for this network once, and keep it as long as the network."""
        if key not in self._remembered:
            self._remembered[key] = make()
        return self._remembered[key]

    def label(self, index: int) -> str:
        """Give a class's label, or its number where the network has no labels."""
        return f"class {index}" if self.labels is None else self.labels[index]

    def class_index(self, target: int | str) -> int:
        """Find the class that a number or a label means.

        Raises:
            BadValue: a number outside the classes, or a label for a network without labels.
            UnknownName: no such label; the nearest are named.
        """
        return label_names.class_of(target, self.labels, self.classes)

    def predict(self, images: tf.Tensor, top: int = 5) -> list[list[Prediction]]:
        """Tell the most probable classes of each image, best first.

        Where the network scores every position, the scores are averaged first.

        Args:
            images: [B, H, W, C] in pixel space.
            top: how many classes.
        """
        logits = pooled(self.run(images)[LOGITS])
        probabilities = tf.nn.softmax(logits).numpy()
        scores = logits.numpy()
        check_predictions(probabilities, str(self.preprocess))
        best = np.argsort(-scores, axis=1, kind="stable")[:, :top]
        return [
            [
                Prediction(
                    int(i), self.label(int(i)), float(scores[b, i]), float(probabilities[b, i])
                )
                for i in row
            ]
            for b, row in enumerate(best)
        ]
