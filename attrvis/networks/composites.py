"""Activations made of several ops: Swish, HardSwish, Mish, Gelu and all that gate themselves."""

from __future__ import annotations

from dataclasses import dataclass

from attrvis.networks.wiring import Wiring, node_of

_PLACE_BY_PLACE = frozenset(
    [
        "Add",
        "AddN",
        "AddV2",
        "Cast",
        "Elu",
        "Erf",
        "Erfc",
        "Exp",
        "Expm1",
        "Identity",
        "IdentityN",
        "LeakyRelu",
        "Log",
        "Log1p",
        "Maximum",
        "Minimum",
        "Mul",
        "Neg",
        "Pow",
        "RealDiv",
        "Reciprocal",
        "Relu",
        "Relu6",
        "Rsqrt",
        "Selu",
        "Sigmoid",
        "Softplus",
        "Softsign",
        "Sqrt",
        "Square",
        "Sub",
        "Tanh",
    ]
)
_CURVED = frozenset(
    ["Elu", "Erf", "Erfc", "Exp", "Relu", "Relu6", "Sigmoid", "Softplus", "Softsign", "Tanh"]
)


@dataclass(frozen=True)
class Composite:
    """A product of a tensor with a function of that same tensor, place by place.

    Args:
        node: the product's name.
        inside: the nodes between the tensor and the product that bend it.
    """

    node: str
    inside: tuple[str, ...]


def composites(wiring: Wiring, source: str) -> list[Composite]:
    """Find the activations of a graph that are products of a tensor with a gate made from it.

    Args:
        wiring: of the graph.
        source: the tensor of images.

    Returns:
        Them, in the order of the graph.
    """
    varying = wiring.dependents([source])
    found = []
    for name in wiring.order:
        if wiring.nodes[name].op != "Mul" or name not in varying:
            continue
        first, second = wiring.inputs[name][:2]
        one, other = (_trail(wiring, t, varying, source) for t in (first, second))
        shared = next((t for t in one if t in other), None)
        if shared is None:
            continue
        passed = [*one[: one.index(shared)], *other[: other.index(shared)]]
        bent = [node_of(t) for t in passed if wiring.nodes[node_of(t)].op in _CURVED]
        if bent:
            found.append(Composite(name, tuple(dict.fromkeys(bent))))
    return found


def _trail(wiring: Wiring, tensor: str, varying: set[str], source: str) -> list[str]:
    """Walk back while each step is place by place, with one operand that the images reach."""
    trail = [tensor]
    while (name := node_of(tensor)) in varying and wiring.nodes[name].op in _PLACE_BY_PLACE:
        behind = {t for t in wiring.inputs[name] if node_of(t) in varying or t == source}
        if len(behind) != 1 and wiring.nodes[name].op != "IdentityN":
            break
        tensor = wiring.inputs[name][0] if len(behind) != 1 else behind.pop()
        trail.append(tensor)
    return trail
