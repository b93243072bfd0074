"""Other gradients for activations and max pools: guided, deconvnet, redirected, smoothed, linear.

A rule is written into the graph's nodes, so it reaches every op of its kind, in nested, shared and
functional layers alike, and changes neither the network it was made from nor TensorFlow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import tensorflow as tf

from attrvis.errors import BadValue, unknown, warn
from attrvis.networks.composites import GATED, Gated, composites, fuse
from attrvis.networks.lowered import Lowered
from attrvis.networks.wiring import Wiring

Gradient: TypeAlias = Callable[[Any, tf.Tensor], tf.Tensor]
"""(the op, the gradient at its output) -> the gradient at its input."""

_PLAIN: dict[str, Gradient] = {
    "Relu": lambda op, g: tf.raw_ops.ReluGrad(gradients=g, features=op.outputs[0]),
    "Relu6": lambda op, g: tf.raw_ops.Relu6Grad(gradients=g, features=op.outputs[0]),
    "LeakyRelu": lambda op, g: tf.raw_ops.LeakyReluGrad(
        gradients=g, features=op.inputs[0], alpha=op.get_attr("alpha")
    ),
    "Elu": lambda op, g: tf.raw_ops.EluGrad(gradients=g, outputs=op.outputs[0]),
    "Selu": lambda op, g: tf.raw_ops.SeluGrad(gradients=g, outputs=op.outputs[0]),
    "Softplus": lambda op, g: tf.raw_ops.SoftplusGrad(gradients=g, features=op.inputs[0]),
    GATED: lambda op, g: op.plain(g),
}
_SMOOTH = ("Sigmoid", "Tanh", "Softsign")


@dataclass(frozen=True, eq=False)
class Rule:
    """What replaces the gradients of some ops.

    Args:
        name: how results call it.
        gradients: op type -> its gradient. `Gated` stands for activations of several ops, such as
            Swish, HardSwish, Mish and Gelu. TensorFlow never forgets a gradient that was used, so
            let them be functions of a module, without arrays of their own.

    Raises:
        BadValue: no gradient at all.

    Example:
        >>> Rule("doubled", {"Relu": lambda op, g: 2.0 * g}).name
        'doubled'
    """

    name: str
    gradients: Mapping[str, Gradient]
    _registered: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.gradients:
            raise BadValue(f"The rule {self.name!r} holds no gradient; give one for an op.")

    def registered(self, op: str) -> str:
        """Give the name under which TensorFlow knows the gradient of an op."""
        if op not in self._registered:
            gradient = self.gradients[op]
            name = f"attrvis/{self.name}/{op}/{id(self)}"
            called = _called_gated if op == GATED else _called
            tf.RegisterGradient(name)(lambda node, *upstream: called(gradient, node, *upstream))
            self._registered[op] = name
        return self._registered[op]


def _called(gradient: Gradient, op: Any, upstream: tf.Tensor, *_: tf.Tensor) -> list[Any]:
    return [gradient(op, upstream), *[None] * (len(op.inputs) - 1)]


def _called_gated(gradient: Gradient, op: Any, upstream: tf.Tensor, *_: Any) -> list[Any]:
    return [None, gradient(Gated(op), upstream), *[None] * (len(op.inputs) - 2)]


def _guided(op: Any, upstream: tf.Tensor) -> tf.Tensor:
    passed = _PLAIN[op.type](op, tf.nn.relu(upstream))
    return tf.where(op.inputs[0] > 0, passed, tf.zeros_like(passed))


def _deconvnet(op: Any, upstream: tf.Tensor) -> tf.Tensor:
    return tf.nn.relu(upstream)


def _linear(op: Any, upstream: tf.Tensor) -> tf.Tensor:
    return upstream


def _redirected(op: Any, upstream: tf.Tensor) -> tf.Tensor:
    """Give an image that gets no gradient one that revives its dead units."""
    plain = _PLAIN[op.type](op, upstream)
    values, zero = op.inputs[0], tf.zeros_like(upstream)
    revived = tf.where((values < 0) & (upstream < 0), zero, upstream)
    if op.type == "Relu6":
        revived = tf.where((values > 6) & (upstream > 0), zero, revived)
    rest = list(range(1, len(plain.shape)))
    dead = tf.reduce_all(tf.equal(plain, 0), axis=rest, keepdims=True)
    return tf.where(dead, revived, plain)


def _averaged(op: Any, upstream: tf.Tensor) -> tf.Tensor:
    """Share among all places of a window what a max pool gives to the largest."""
    return tf.raw_ops.AvgPoolGrad(
        orig_input_shape=tf.shape(op.inputs[0]),
        grad=upstream,
        ksize=op.get_attr("ksize"),
        strides=op.get_attr("strides"),
        padding=op.get_attr("padding"),
        data_format=op.get_attr("data_format"),
    )


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("guided", dict.fromkeys(_PLAIN, _guided)),
        Rule("deconvnet", dict.fromkeys(_PLAIN, _deconvnet)),
        Rule("redirected_relu", dict.fromkeys(("Relu", "Relu6"), _redirected)),
        Rule("smoothed_maxpool", {"MaxPool": _averaged}),
        Rule("linear", {**dict.fromkeys((*_PLAIN, *_SMOOTH), _linear), "MaxPool": _averaged}),
    )
}
"""The rules that have a name.

Guided: Springenberg et al., 2015; deconvnet: Zeiler and Fergus, 2014; redirected and smoothed:
Olah, Mordvintsev and Schubert, 2017.
"""


def rule_of(rule: str | Rule) -> Rule:
    """Look a rule up by its name.

    Raises:
        UnknownName: no such rule; the nearest are named.
    """
    if isinstance(rule, Rule):
        return rule
    if rule not in RULES:
        raise unknown("gradient rule", rule, RULES)
    return RULES[rule]


def ruled(lowered: Lowered, rule: Rule) -> tuple[Lowered, dict[str, int]]:
    """Write a rule into a network's graph.

    Args:
        lowered: the network.
        rule: the rule.

    Returns:
        The network with the rule, and how many ops of each type it touched.

    Raises:
        BadValue: it touched none.

    Warns:
        AttrVisWarning: activations of several ops stay as they are, as the rule has no gradient
            for them.
    """
    graph_def = type(lowered.graph_def)()
    graph_def.CopyFrom(lowered.graph_def)
    wiring = Wiring(lowered.graph_def)
    varying = wiring.dependents([lowered.input])
    several = composites(wiring, lowered.input)
    inside = {part for composite in several for part in composite.inside}
    nodes = [n for n in graph_def.node if n.name in varying and n.name not in inside]
    nodes += [node for function in graph_def.library.function for node in function.node_def]
    touched: Counter[str] = Counter()
    for node in nodes:
        if node.op in rule.gradients:
            node.attr["_gradient_op_type"].s = rule.registered(node.op).encode()
            touched[node.op] += 1
    if several and GATED in rule.gradients:
        graph_def = fuse(graph_def, several, rule.registered(GATED))
        touched[GATED] = len(several)
    elif touched and several and set(rule.gradients) & set(_PLAIN):
        warn(
            f"The rule {rule.name!r} leaves {len(several)} activations of several ops as they "
            f"are, such as {several[0].node!r}: it holds no gradient for {GATED!r}.",
        )
    if not touched:
        raise BadValue(
            f"The gradient rule {rule.name!r} is for {', '.join(rule.gradients)}, and this network "
            "has none of them; its gradients would be the plain ones."
        )
    return replace(lowered, graph_def=graph_def), dict(touched)
