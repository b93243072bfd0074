"""What a person reads when the main job is done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def summary(document: Mapping[str, Any], out: Path) -> str:
    """Say in a few lines what was found, whether to trust it, and where it is.

    Args:
        document: what `explanation.json` holds.
        out: the result folder.

    Returns:
        The lines, without a newline at the end.
    """
    target, mask = document["target"], document["mask"]
    seconds, gap = document["seconds"], document["completeness"]
    share = abs(target["logit_baseline"]) / max(abs(target["logit_photo"]), 1e-9)
    rows = [
        ("target", f"{target['label']} ({target['index']}), logit {target['logit_photo']:.2f}"),
        ("layer", document["layer"]),
        ("baseline", f"logit {target['logit_baseline']:.3f}, {share:.1%} of the photo's"),
        ("attribution", f"completeness gap {gap['relative']:.2%}"),
        (
            "picture",
            f"logit {target['logit_picture']:.2f}, rank {target['rank_picture']}; "
            f"mask {mask['area']:.1%} of the area, asked for {mask['target_area']:.1%}",
        ),
        ("time", f"{seconds['total']:.1f} s, of which drawing {seconds['render']:.1f} s"),
    ]
    lines = [f"{name:<12}{text}" for name, text in rows]
    if document.get("interrupted"):
        lines.append("Interrupted: the picture is as far as it had come.")
    lines += ["", f"picture  {out / 'picture.png'}", f"page     {out / 'index.html'}"]
    return "\n".join(lines)
