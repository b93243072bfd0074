"""Layer names as the user knows them."""

from __future__ import annotations

from collections.abc import Mapping

from attrvis.errors import UnknownName, unknown


def resolve(name: str, layers: Mapping[str, str], nodes: Mapping[str, object]) -> str:
    """Find the tensor that a layer name means.

    Args:
        name: a layer's name, a node's name, or any suffix of whole path parts that is unique.
        layers: the named layers and their tensors.
        nodes: every node of the graph by name.

    Returns:
        The tensor's name.

    Raises:
        UnknownName: nothing fits (the nearest are named), or a suffix fits several.

    Example:
        >>> resolve("relu", {"block1/relu": "r:0", "block2/conv": "c:0"}, {})
        'r:0'
    """
    if not isinstance(name, str):
        raise unknown("layer", name, layers or nodes)
    if name in layers:
        return layers[name]
    bare, _, number = name.partition(":")
    if bare in nodes and (not number or number.isdigit()):
        return f"{bare}:{number or 0}"
    suffixed = [full for full in layers if full.endswith(f"/{name}")]
    if len(suffixed) == 1:
        return layers[suffixed[0]]
    if not suffixed:
        suffixed = [node for node in nodes if node.endswith(f"/{name}")] if not layers else []
        if len(suffixed) == 1:
            return f"{suffixed[0]}:0"
    if suffixed:
        shown = ", ".join(repr(full) for full in suffixed[:6])
        raise UnknownName(f"The layer name {name!r} fits {len(suffixed)} layers: {shown}.")
    raise unknown("layer", name, [n for n in layers if not n.endswith(".in")] or nodes)
