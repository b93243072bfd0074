"""The ops between a layer and what is read behind it, one by one, for methods that walk them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.composites import GATED, Composite, composites
from attrvis.networks.execution import IMAGES
from attrvis.networks.tail import Tail
from attrvis.networks.wiring import Wiring, canonical, node_of

_DECIDING = ("Select", "SelectV2")
DECIDED = "Select decided by values"
"""What a choice between tensors is called when the choice itself depends on the layer."""


@dataclass(frozen=True)
class Unit:
    """An op that sees the layer, or several that are one activation.

    Args:
        name: of the node that gives its output.
        op: its type; `Gated` for an activation of several ops.
        nodes: its nodes in the order in which they run.
        inputs: what it reads of what depends on the layer, in the op's own order; a tensor that it
            reads twice is there twice. Whatever else it reads is a weight, or bypasses the layer.
        places: their places among the op's inputs.
        outputs: its outputs.
    """

    name: str
    op: str
    nodes: tuple[str, ...]
    inputs: tuple[str, ...]
    places: tuple[int, ...]
    outputs: tuple[str, ...]

    @property
    def output(self) -> str:
        """Its first output."""
        return self.outputs[0]


@dataclass(frozen=True, eq=False)
class Section:
    """The ops between a layer and what is read, in the order in which they run.

    Args:
        tail: the network, cut at the layer.
        source: the layer's tensor; for `input` what the graph eats.
        units: the ops.
    """

    tail: Tail
    source: str
    units: tuple[Unit, ...]

    def values(
        self,
        rows: tf.Tensor,
        bypass: Mapping[str, tf.Tensor],
        wanted: Collection[str] | None = None,
    ) -> dict[str, tf.Tensor]:
        """Compute every tensor of the section in the graph that is being traced.

        Args:
            rows: the layer's values, of `input` in pixel space.
            bypass: what bypasses it.
            wanted: the tensors that are needed; default all that the units read and give.

        Returns:
            Tensor names -> tensors, whose ops may be looked at.
        """
        engine, lowered = self.tail.engine, self.tail.engine.lowered
        graph = tf.compat.v1.get_default_graph()
        given: dict[str, tf.Tensor] = {}
        for name, value in {**bypass, self.tail.tensor: rows}.items():
            tensor = lowered.input if name == IMAGES else name
            fed = engine.preprocess(value) if name == IMAGES else value
            given[tensor] = tf.cast(fed, engine.dtype(tensor))
        reads = set(self._tensors() if wanted is None else wanted)
        reads |= {t for t in self.tail.read.values() if t != IMAGES} if wanted is None else set()
        needed = engine.wiring.ancestors(sorted(reads), list(given))
        inside = set(needed)
        for node, source in lowered.captures.items():
            if node in inside:
                given[f"{node}:0"] = (
                    graph.capture(source)
                    if isinstance(source, tf.Tensor)
                    else tf.convert_to_tensor(source)
                )
        used = {i for name in needed for i in engine.wiring.inputs[name]}
        asked = sorted(t for t in reads if t not in given)
        part = tf.compat.v1.GraphDef()
        part.versions.CopyFrom(lowered.graph_def.versions)
        part.library.CopyFrom(lowered.graph_def.library)
        part.node.extend(engine.wiring.nodes[name] for name in needed)
        made = tf.graph_util.import_graph_def(
            part,
            input_map={k: v for k, v in given.items() if k in used},
            return_elements=asked,
            name="section",
        )
        return {**given, **dict(zip(asked, made, strict=True))}

    def _tensors(self) -> set[str]:
        wiring = self.tail.engine.wiring
        read = {t for unit in self.units for node in unit.nodes for t in wiring.inputs[node]}
        return read | {t for unit in self.units for t in unit.outputs}

    def readers(self) -> dict[str, list[Unit]]:
        """List the units that read each tensor."""
        found: dict[str, list[Unit]] = {}
        for unit in self.units:
            for tensor in dict.fromkeys(unit.inputs):
                found.setdefault(tensor, []).append(unit)
        return found

    def place(self, unit: Unit) -> str:
        """Say where in the network a unit is, in words that a user knows."""
        wiring, layers = self.tail.engine.wiring, self.tail.engine.lowered.layers
        after = wiring.dependents(unit.outputs) | {unit.name}
        found = [
            (wiring.order[node_of(tensor)], name)
            for name, tensor in layers.items()
            if node_of(tensor) in after
        ]
        return f"{unit.name!r}" + (f" of layer {min(found)[1]!r}" if found else "")


def section(tail: Tail) -> Section:
    """List the ops between a layer and what is read behind it.

    Args:
        tail: the network, cut at the layer.

    Raises:
        ModelError: the graph works on batches of one size alone.
    """
    engine, lowered, wiring = tail.engine, tail.engine.lowered, tail.engine.wiring
    if lowered.rows:
        raise ModelError(
            f"The graph works on batches of {lowered.rows} alone, so its ops cannot be walked one "
            "by one; export it with a free batch axis."
        )
    source = lowered.input if tail.tensor == IMAGES else tail.tensor
    read = [t for t in tail.read.values() if t != IMAGES]
    between = wiring.dependents([source]) & set(wiring.ancestors(read, [source]))

    def floats(tensors: Sequence[str]) -> list[int]:
        return [i for i, t in enumerate(tensors) if engine.dtype(t).is_floating]

    gated = {
        found.node: found
        for found in composites(wiring, source)
        if found.node in between
        and not (_seen(wiring, found, between) | (_nodes(read) & set(found.inside)))
    }
    hidden = {node for composite in gated.values() for node in composite.inside}
    moving, units = {source}, []
    for name in sorted(between, key=wiring.order.__getitem__):
        inputs = wiring.inputs[name]
        places = tuple(i for i in floats(inputs) if inputs[i] in moving)
        outputs = tuple(f"{name}:{i}" for i in range(_outputs(engine, name)))
        outputs = tuple(t for t in outputs if engine.dtype(t).is_floating)
        if not places or not outputs:
            continue
        moving |= set(outputs)
        if name in gated:
            composite = gated[name]
            nodes = (*composite.inside[::-1], name)
            units.append(Unit(name, GATED, nodes, (composite.source,), (0,), (canonical(name),)))
        elif name not in hidden:
            op = wiring.nodes[name].op
            if op in _DECIDING and node_of(inputs[0]) in between:
                op = DECIDED
            read_here = tuple(inputs[i] for i in places)
            units.append(Unit(name, op, (name,), read_here, places, outputs))
    return Section(tail, source, tuple(units))


def _seen(wiring: Wiring, composite: Composite, between: set[str]) -> set[str]:
    """List the nodes inside an activation that others read as well."""
    own = {*composite.inside, composite.node}
    others = {node_of(t) for name in between - own for t in wiring.inputs[name]}
    return others & set(composite.inside)


def _nodes(tensors: Sequence[str]) -> set[str]:
    return {node_of(tensor) for tensor in tensors}


def _outputs(engine: object, name: str) -> int:
    count = 0
    while engine.has(f"{name}:{count}"):  # type: ignore[attr-defined]
        count += 1
    return count
