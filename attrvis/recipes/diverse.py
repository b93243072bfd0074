"""Several pictures of one unit that are made to differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.objectives import Objective, diversity, gram, ramp
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import Plate
from attrvis.recipes.strength import goal_of, reach, scored
from attrvis.rendering import render

_GROWING = (0.02, 1.0, 0.5)
_READ_BY_RENDERING = ("alpha", "image", "input", "progress", "transformed")


@checked_kinds
def facets(
    net: Network,
    unit: str | Objective,
    *,
    count: int = 6,
    strength: float = 1.0,
    layer: str | None = None,
    negative: bool = False,
    columns: int | None = None,
    panel: int = 200,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Draw one unit several times, with pictures that must differ in style: its facets.

    What is maximised is the unit less the likeness of each picture to the others: the mean cosine
    of their Gram matrices, times `strength`, times what the unit reaches when it is drawn alone.

    Args:
        net: the network.
        unit: an objective, or a string such as `mixed4d:42`.
        count: of pictures, at least 2.
        strength: of the wish to differ, from 0, default 1. Pictures that are all alike would lose
            so many times what the unit can gain; it is reached half-way.
        layer: where styles are compared; default the unit's own layer.
        negative: whether as many pictures of what silences the unit are drawn too. A layer behind
            a ReLU has nothing below 0 to show.
        columns: panels in a row; default all of a sign, up to 6.
        panel: height of a panel in pixels.
        seed: the first picture's; the i-th starts from `seed + i`.
        drawing: everything else that `attrvis.render` takes, such as `size=` and `steps=`.

    Returns:
        The sheet, each facet as a part; the values `likeness`, [count, count] cosines, and
        `reached`, [count], both of the finished pictures as they are.

    Raises:
        UnknownName: no such layer.
        BadValue: fewer than two pictures, a negative strength, or a unit without a layer.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017 (diversity).

    Example:
        >>> from attrvis.networks import load
        >>> plate = facets(load("embedded"), "mixed4c:3", count=2, steps=2)
        >>> sorted(plate.parts), plate.values["likeness"].shape
        (['facet-0', 'facet-1'], (2, 2))
    """
    if count < 2:
        raise BadValue(f"Pictures that differ are at least 2, not {count}.")
    if not 0 <= strength < float("inf"):
        raise BadValue(f"The strength of {strength} is outside its range; use 0 or more.")
    goal = goal_of(net, unit)
    where = layer or next((n for n in goal.layers if n not in _READ_BY_RENDERING), None)
    if where is None:
        raise BadValue(f"'{goal}' reads no layer; name one with layer=, where styles are compared.")
    net.layer(where)
    scale = float(reach(net, [goal], seed=seed, **drawing)[0])
    # Full strength at once drives some pictures to excite nothing at all, which is unlike any.
    penalty = strength * scale * count / (count - 1) * ramp(*_GROWING) * diversity(where)
    wanted = [goal - penalty] * count + [-goal - penalty] * (count * negative)
    seeds = [seed + i for i in range(count)] * (1 + negative)
    drawn = render(net, wanted, **{**drawing, "seed": seeds, "batch_size": count})
    shown = drawn.on_grey()
    reached = scored(net, drawn.images, [goal])[0]
    alike = [
        style_cosines(net, where, drawn.images[start : start + count])
        for start in range(0, len(wanted), count)
    ]
    signs = [""] * count + ["-"] * (count * negative)
    panels = [
        (picture, f"{sign}{goal}\nreaches {value:.3g}")
        for picture, sign, value in zip(shown, signs, reached, strict=True)
    ]
    others = ~np.eye(count, dtype=bool)
    return Plate.of_panels(
        panels,
        size=panel,
        columns=columns or min(count, 6),
        facts={
            "recipe": "facets",
            "unit": str(goal),
            "compared_at": where,
            "strength": strength,
            "reach_alone": scale,
            "negative": negative,
            "reached": np.round(reached.astype(float), 4).tolist(),
            "mean_likeness": [round(float(one[others].mean()), 4) for one in alike],
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts={
            f"{'minus-' if sign else ''}facet-{i % count}": rgba
            for i, (sign, rgba) in enumerate(zip(signs, drawn.rgba, strict=True))
        },
        values={
            "rgba": drawn.rgba,
            "reached": reached[:count],
            "likeness": alike[0],
            **({"minus_reached": reached[count:], "minus_likeness": alike[1]} if negative else {}),
        },
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )


def style_cosines(net: Network, layer: str, pictures: np.ndarray) -> np.ndarray:
    """Compare the styles of pictures: the cosines of their Gram matrices at a layer.

    Args:
        net: the network.
        layer: the layer's name.
        pictures: [B, h, w, C] in [0, 1].

    Returns:
        float32 [B, B]; 1 on the diagonal, but 0 where a picture excites nothing.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> from attrvis.networks import load
        >>> photos = np.random.default_rng(0).uniform(size=(2, 64, 64, 3)).astype("float32")
        >>> style_cosines(load("embedded"), "mixed3a", photos).shape
        (2, 2)
    """
    read = net.exact.trunk([layer], pictures.shape[1:-1])
    grams = np.concatenate(
        [np.asarray(gram(read(tf.constant(one[None], tf.float32))[layer])) for one in pictures]
    ).reshape(len(pictures), -1)
    lengths = np.linalg.norm(grams, axis=1, keepdims=True)
    unit = grams / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(unit @ unit.T, np.float32)
