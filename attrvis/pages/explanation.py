"""The page of one explanation: the pictures, what they mean, and how far to trust them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from attrvis.errors import BadValue
from attrvis.pages.templates import picture_source, render

CAPTIONS = {
    "photo": (
        "The photo",
        "What the network saw, at the size it saw it.",
    ),
    "picture": (
        "What the deciding neurons look for",
        "Drawn from noise so that the neurons that spoke for the target become active together, "
        "and kept only where they have something to say.",
    ),
    "heatmap": (
        "Where they were in the photo",
        "Red places spoke for the target, blue ones against it, white ones did not matter.",
    ),
    "overlay": (
        "The heat map over the photo",
        "The photo in pale grey, so that the colours can be read.",
    ),
    "mask": (
        "The mask of the picture",
        "White is kept, black is empty ground.",
    ),
    "sheet": ("All in one", "The figure for a paper or a slide."),
}
_ADVICE = {
    "ok": "",
    "incomplete": "The attribution does not add up to the change of the logit; use more points.",
    "no_gradient": "No gradient reached the layer; choose a layer that the target depends on.",
    "nonfinite": "A value became infinite or not a number; this is the last good state.",
    "interrupted": "The work was stopped early; what stands here is complete but less refined.",
}


def explanation_page(context: Mapping[str, Any]) -> str:
    """Make the page of one explanation.

    Args:
        context: plain values. Needed: `network`, `layer`, `target` (with `label`, and as known
            `index`, `logit_photo`, `logit_baseline`, `logit_picture`, `rank_picture`), and
            `pictures`: a mapping from `photo`, `picture`, `heatmap`, `overlay`, `mask`, `sheet` or
            names of your own to a file name beside the page or a `data:image` address, or to a
            mapping with `src` and, as wished, `title`, `caption`, `width`, `height`.
            Optional: `photo` (name), `status` (`"ok"` by default), `advice` (text), `mask`
            (`area`, `target_area`), `completeness` (`absolute`, `relative`), `trust` (rows with
            `check`, `ok`, and `value`, `wanted`, `note` as texts or numbers), `channels` (rows
            with `unit`, `value`, `share`, and `picture` as wished), `predictions` (rows with
            `label`, `logit`, `probability`), `seconds`, `steps`, `seed`, `settings` (mappings or
            values), `command` (one line), `version`.

    Returns:
        HTML that works from a file, without scripts.

    Raises:
        BadValue: something needed is missing, or a picture leads outside the page's folder.

    Example:
        >>> page = explanation_page(
        ...     {"network": "n", "layer": "l", "target": {"label": "<b>"}, "pictures": {}}
        ... )
        >>> "&lt;b&gt;" in page and "<b>" not in page
        True
    """
    missing = [key for key in ("network", "layer", "target", "pictures") if key not in context]
    if missing or "label" not in context["target"]:
        raise BadValue(f"The page of an explanation lacks {', '.join(missing or ['its label'])}.")
    status = str(context.get("status") or "ok")
    pictures = [_picture(name, source) for name, source in context["pictures"].items()]
    by_name = {picture["name"]: picture for picture in pictures}
    channels = [_channel(row) for row in context.get("channels") or []]
    zero = _place(channels)
    known = {
        "network": context["network"],
        "layer": context["layer"],
        "target": {"index": None, **_UNKNOWN_LOGITS, **context["target"]},
        "photo": context.get("photo") or "",
        "status": status,
        "advice": context.get("advice") or _ADVICE.get(status, ""),
        "hero": [by_name[name] for name in ("photo", "picture") if name in by_name],
        "others": [p for p in pictures if p["name"] not in ("photo", "picture", "sheet")],
        "sheet": by_name.get("sheet"),
        "mask": {"area": None, "target_area": None, **(context.get("mask") or {})},
        "completeness": {"relative": None, **(context.get("completeness") or {})},
        "trust": [_trust(row) for row in context.get("trust") or []],
        "channels": channels,
        "zero": zero,
        "predictions": [
            {"label": "", "logit": None, "probability": None, **row}
            for row in context.get("predictions") or []
        ],
        "settings": _flat({k: context[k] for k in ("settings", "seed", "steps") if k in context}),
        "seconds": _flat({"": context.get("seconds") or {}}),
        "command": context.get("command") or "",
        "version": context.get("version") or "",
    }
    return render("explanation.html", known)


_UNKNOWN_LOGITS = dict.fromkeys(
    ("logit_photo", "logit_baseline", "logit_picture", "rank_picture"), None
)


def _picture(name: str, source: Any) -> dict[str, Any]:
    title, caption = CAPTIONS.get(name, (name, ""))
    given = dict(source) if isinstance(source, Mapping) else {"src": source}
    if "src" not in given:
        raise BadValue(f"The picture {name!r} of a page has no src.")
    made = {"title": title, "caption": caption, "width": None, "height": None, **given}
    return {**made, "name": name, "src": picture_source(str(given["src"]))}


def _channel(row: Mapping[str, Any]) -> dict[str, Any]:
    if "unit" not in row or "value" not in row:
        raise BadValue("A channel of a page needs its unit and its value.")
    source = row.get("picture")
    value = float(row["value"])
    return {
        "unit": row["unit"],
        "value": value if math.isfinite(value) else 0.0,
        "share": row.get("share"),
        "picture": picture_source(str(source)) if source else "",
    }


def _place(channels: list[dict[str, Any]]) -> float:
    """Give each channel its bar, in percent of the column; return where zero lies."""
    values = [row["value"] for row in channels]
    low, high = min([0.0, *values]), max([0.0, *values])
    unit = 100.0 / ((high - low) or 1.0)
    zero = min(99.5, max(0.5, -low * unit))
    for row in channels:
        width = min(abs(row["value"]) * unit, 100.0 - zero if row["value"] > 0 else zero)
        row["width"] = round(width, 2)
        row["start"] = round(zero if row["value"] > 0 else zero - width, 2)
    return round(zero, 2)


def _trust(row: Mapping[str, Any]) -> dict[str, Any]:
    if "check" not in row or "ok" not in row:
        raise BadValue("A row of a page's trust table needs its check and whether it is ok.")
    return {"value": None, "wanted": "", "note": "", **row, "ok": bool(row["ok"])}


def _flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """List nested settings as (dotted name, value); the outer names do not show."""
    rows: list[tuple[str, Any]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            inner = "" if not before and key in ("", "settings") else f"{before}{key}."
            rows += _flat(value, inner)
        elif isinstance(value, list | tuple):
            rows.append((f"{before}{key}", ", ".join(map(str, value))))
        else:
            rows.append((f"{before}{key}", value))
    return rows
