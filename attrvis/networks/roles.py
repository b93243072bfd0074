"""What each weight of a network is for, found by the ops that use it rather than by its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from attrvis.networks.lowered import Lowered, with_captured_constants
from attrvis.networks.network import Network
from attrvis.networks.wiring import Wiring, node_of

_FUSED_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
_ROOTS = ("Rsqrt", "Sqrt")


@dataclass(frozen=True)
class Role:
    """What a weight is for.

    Args:
        number: its place among the network's weights, in the order in which they are used.
        statistic: whether it is a running mean or variance of a normalisation.
    """

    number: int
    statistic: bool


def roles(lowered: Lowered) -> dict[str, Role]:
    """Tell what each weight is for.

    Args:
        lowered: the network.

    Returns:
        The roles by the node that captures the weight. The same network gives the same numbers,
        whichever door it came through.
    """
    wiring = Wiring(lowered.graph_def)
    varying = wiring.dependents([lowered.input]) | {node_of(lowered.input)}
    found: dict[str, Role] = {}
    for name in sorted(varying, key=wiring.order.__getitem__):
        for operand, tensor in enumerate(wiring.inputs[name]):
            if node_of(tensor) in varying:
                continue
            fused = wiring.nodes[name].op in _FUSED_NORMS and operand in (3, 4)
            for source, statistic in _sources(wiring, node_of(tensor), fused):
                if source in lowered.captures:
                    known = found.get(source, Role(len(found), False))
                    found[source] = replace(known, statistic=known.statistic or statistic)
    return found


def _sources(wiring: Wiring, name: str, statistic: bool) -> Iterator[tuple[str, bool]]:
    """List the weights behind a node, and whether each is a statistic."""
    node, inputs = wiring.nodes[name], wiring.inputs[name]
    if not inputs:
        yield name, statistic
        return
    # Scale / sqrt(variance) times the mean, taken away from the offset: a normalisation in parts.
    inside = statistic or node.op in _ROOTS
    rooted = [_has_root(wiring, node_of(tensor)) for tensor in inputs]
    for number, tensor in enumerate(inputs):
        mean = (
            node.op == "Mul"
            and len(inputs) == 2
            and rooted[1 - number]
            and not rooted[number]
            and _taken_away(wiring, name)
        )
        yield from _sources(wiring, node_of(tensor), inside or mean)


def _has_root(wiring: Wiring, name: str) -> bool:
    return any(wiring.nodes[node].op in _ROOTS for node in wiring.ancestors([f"{name}:0"]))


def _taken_away(wiring: Wiring, name: str) -> bool:
    """Tell whether a node is the second operand of a difference, directly."""
    return any(
        wiring.nodes[other].op == "Sub" and node_of(inputs[1]) == name
        for other, inputs in wiring.inputs.items()
        if len(inputs) == 2
    )


def live(net: Network) -> Network:
    """Give the same network with every weight a variable, small constants too.

    Args:
        net: the network. Variables that it shares with a model stay shared.

    Returns:
        The network, made once; it is `net` itself where nothing was constant.
    """

    def make() -> Network:
        small, more = with_captured_constants(net.lowered.graph_def, least_bytes=0)
        if not more:
            return net
        captures = {**net.lowered.captures, **more}
        other = net._on(replace(net.lowered, graph_def=small, captures=captures))
        other.precision, other.rule, other.touched = net.precision, net.rule, net.touched
        return other

    return net.remember("live", make)
