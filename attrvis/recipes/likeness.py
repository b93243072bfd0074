"""Pictures that should be like a photo to a network: drawn, measured and laid out in rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attrvis.networks import Network
from attrvis.objectives import Objective
from attrvis.recipes.plate import Plate
from attrvis.recipes.subject import activations, part_name
from attrvis.rendering import render


@dataclass(frozen=True, eq=False)
class Wanted:
    """One picture that is to be drawn.

    Args:
        layer: the layer to which it should be like the photo.
        name: what tells it from the layer's other pictures; may be empty.
        objective: what is maximised.
        reference: what the layer should show, [1, ...].
    """

    layer: str
    name: str
    objective: Objective
    reference: np.ndarray


def cosine(values: np.ndarray, reference: np.ndarray) -> float:
    """Give the mean cosine between activations and what they should be, over the positions.

    Args:
        values: [1, ..., C].
        reference: [1, ..., C]; positions where it is all zero do not count.

    Returns:
        From -1 to 1; 0 where nothing counts.

    Example:
        >>> cosine(np.array([[[1.0, 0.0], [5.0, 5.0]]]), np.array([[[2.0, 0.0], [0.0, 0.0]]]))
        1.0
    """
    first = np.reshape(values, (-1, values.shape[-1])).astype(np.float64)
    second = np.reshape(reference, (-1, values.shape[-1])).astype(np.float64)
    lengths = np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)
    counts = lengths[1] > 0
    if not counts.any():
        return 0.0
    inner = np.einsum("pc,pc->p", first, second)[counts]
    return float(np.mean(inner / np.maximum(lengths[0] * lengths[1], 1e-12)[counts]))


def distance(values: np.ndarray, reference: np.ndarray) -> float:
    """Give the squared distance from a reference, relative to its own squared length.

    Args:
        values: [1, ...].
        reference: of the same shape, not all zero.

    Example:
        >>> distance(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]))
        1.0
    """
    apart = np.asarray(values, np.float64) - reference
    return float(np.sum(apart**2) / np.sum(np.asarray(reference, np.float64) ** 2))


def likeness_plate(
    net: Network,
    photo: np.ndarray,
    wanted: Sequence[Wanted],
    measure: tuple[str, Callable[[np.ndarray, np.ndarray], float]],
    *,
    recipe: str,
    panel: int,
    seed: int,
    facts: Mapping[str, object],
    drawing: Mapping[str, Any],
) -> Plate:
    """Draw pictures that are like a photo to layers, a row a layer with the photo first.

    Args:
        net: the network.
        photo: [H, W, 3], of the size that is drawn.
        wanted: the pictures, those of a layer side by side and as many for each.
        measure: what tells how near one came: its name, and the function of the layer's values and
            the reference.
        recipe: what is made.
        panel: height of a panel in pixels.
        seed: of every picture, so that what differs is not the start.
        facts: more of them.
        drawing: what `attrvis.render` takes.

    Returns:
        The plate.
    """
    drawn = render(
        net,
        [one.objective for one in wanted],
        size=photo.shape[:2],
        seed=[seed] * len(wanted),
        **drawing,
    )
    layers = list(dict.fromkeys(one.layer for one in wanted))
    found = activations(net, drawn.images, layers)
    # A mask is not looked through here: the picture is measured as it is on its own.
    near = [measure[1](found[o.layer][i : i + 1], o.reference) for i, o in enumerate(wanted)]
    panels: list[tuple[np.ndarray, str]] = []
    parts: dict[str, np.ndarray] = {"photo": photo}
    for layer in layers:
        panels.append((photo, f"photo\n{layer}"))
        for i, one in enumerate(wanted):
            if one.layer != layer:
                continue
            head = f"{layer}, {one.name}" if one.name else layer
            panels.append((drawn.on_grey()[i], f"{head}\n{measure[0]} {near[i]:.2f}"))
            parts[part_name(layer, *([one.name] if one.name else []))] = drawn.rgba[i]
    return Plate.of_panels(
        panels,
        size=panel,
        columns=len(panels) // len(layers),
        facts={
            "recipe": recipe,
            **facts,
            "layers": layers,
            "pictures": [
                {"layer": one.layer, "name": one.name, measure[0]: round(value, 4)}
                for one, value in zip(wanted, near, strict=True)
            ],
            "objectives_reached": np.round(drawn.values.astype(float), 4).tolist(),
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts=parts,
        values={"rgba": drawn.rgba, "photo": photo},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )
