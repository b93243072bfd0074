"""The pictures of an explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from attrvis import images, plots
from attrvis.images import Frame
from attrvis.rendering import Rendering

GREY = 0.55
"""The fixed grey on which a picture is judged and shown."""

_MOST_PIXELS = 4_000_000


def all_pictures(
    photo: np.ndarray,
    original: np.ndarray | None,
    frame: Frame,
    heat: np.ndarray,
    rendering: Rendering,
    groups: Sequence[np.ndarray],
    facts: Mapping[str, Any],
) -> dict[str, np.ndarray]:
    """Draw every picture of a result folder, by the name of its file."""
    scale = plots.scale_of(heat)
    made = {
        "photo": photo,
        "picture": images.composite(rendering.rgba[0], GREY),
        "picture_rgba": rendering.rgba[0],
        "mask": rendering.alpha[0, ..., 0],
        "heatmap": plots.heatmap(images.resize(heat, photo.shape[:2]), scale),
        "overlay": plots.overlay(photo, heat, scale),
        "sheet": plots.sheet(panels(photo, heat, rendering, groups, facts)),
    }
    for i, rgba in enumerate(rendering.rgba[1:], start=1):
        made[f"group-{i}"] = images.composite(rgba, GREY)
    # In the photo's own frame too, where that is another than the network's and not a poster.
    if original is not None and frame.photo != frame.network:
        made.update(_in_photo(original, frame, heat, scale, rendering))
    return made


def _in_photo(
    original: np.ndarray, frame: Frame, heat: np.ndarray, scale: float, rendering: Rendering
) -> dict[str, np.ndarray]:
    if np.prod(frame.photo) > _MOST_PIXELS:
        return {}
    wide = frame.to_photo(images.resize(heat, frame.network))
    return {
        "photo_picture_rgba": np.clip(frame.to_photo(rendering.rgba[0]), 0.0, 1.0),
        "photo_mask": np.clip(frame.to_photo(rendering.alpha[0, ..., 0]), 0.0, 1.0),
        "photo_overlay": plots.overlay(original, wide, scale),
    }


def panels(
    photo: np.ndarray,
    heat: np.ndarray,
    rendering: Rendering,
    groups: Sequence[np.ndarray],
    facts: Mapping[str, Any],
) -> list[plots.Panel]:
    """List photo, contributions, picture, mask and groups, with captions."""
    target, mask, scale = facts["target"], facts["mask"], plots.scale_of(heat)
    gap = facts["completeness"]["relative"]
    made: list[plots.Panel] = [
        (photo, f"Photo\n{target['label']}: logit {target['logit_photo']:.2f}"),
        (
            plots.overlay(photo, heat, scale),
            f"Contributions at {facts['layer']}\nred for, blue against; gap {gap:.2%}",
            scale,
        ),
        (
            images.composite(rendering.rgba[0], GREY),
            f"What they look for\nlogit {target['logit_picture']:.2f}, rank "
            f"{target['rank_picture']}",
        ),
        (
            rendering.alpha[0, ..., 0],
            f"Mask\n{mask['area']:.1%} of the picture, asked for {mask['target_area']:.1%}",
        ),
    ]
    for i, (rgba, group) in enumerate(zip(rendering.rgba[1:], groups, strict=True), start=1):
        made.append((images.composite(rgba, GREY), f"Group {i}\n{len(group)} channels"))
    return made
