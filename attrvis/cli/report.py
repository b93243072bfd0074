"""What a person reads when the main job is done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click


def summary(document: Mapping[str, Any], out: Path) -> str:
    """Say in a few lines what was found, whether to trust it, and where it is.

    Args:
        document: what `explanation.json` holds.
        out: the result folder.

    Returns:
        The lines, styled for a terminal, without a newline at the end.
    """
    target, seconds = document["target"], document["seconds"]
    lines = [
        f"{_bold(target['label'])}  {_standing(document)}",
        f"asked of {document['layer']}, {document['layer_chosen']}",
        f"in the picture alone it is the network's choice number {target['rank_picture']}",
        "",
        *_checks(document["trust"]),
        "",
        f"{seconds['total']:.1f} s, of which drawing {seconds['render']:.1f} s",
    ]
    if document["interrupted"]:
        lines += [
            f"Interrupted: the picture is as it was after {document['steps']['render']} steps."
        ]
    return "\n".join([*lines, f"picture  {out / 'picture.png'}", f"page     {out / 'index.html'}"])


def _standing(document: Mapping[str, Any]) -> str:
    """Say how the target stands among the network's own predictions."""
    target, best = document["target"], document["predictions"]
    text = f"class {target['index']}, logit {target['logit_photo']:.2f}"
    for place, one in enumerate(best, start=1):
        if one["index"] == target["index"]:
            return f"{text}, {one['probability']:.1%}, the network's choice number {place}"
    return f"{text}; the network's own choice is {best[0]['label']}, {best[0]['probability']:.1%}"


def _checks(rows: list[Mapping[str, Any]]) -> list[str]:
    width = max((len(row["check"]) for row in rows), default=0)
    return [
        f"{_mark(row['ok'])}  {row['check']:<{width}}  {row['value']}  ({row['wanted']})"
        for row in rows
    ]


def _mark(ok: bool) -> str:
    return click.style("ok", fg="green") if ok else click.style("no", fg="yellow", bold=True)


def _bold(text: str) -> str:
    return click.style(text, bold=True)
