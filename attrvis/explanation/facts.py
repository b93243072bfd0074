"""The numbers of an explanation, and whether they are good enough to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.attribution import Attribution
from attrvis.attribution.baselines import Baseline
from attrvis.images import read, to_uint8
from attrvis.networks import Network
from attrvis.rendering import Rendering

BASELINE_BOUND, GAP_BOUND, AREA_BOUND = 0.05, 0.005, 0.15


def judged(net: Network, index: int, picture: np.ndarray, baseline: Baseline) -> dict[str, Any]:
    """Ask the network about the picture, as its PNG file will hold it."""
    shown = read(to_uint8(picture))
    logits = net.run(tf.constant(shown[None]))["logits"].numpy()[0]
    return {
        "index": index,
        "label": net.label(index),
        "logit_photo": float(baseline.photo_score[0]),
        "logit_baseline": float(baseline.score[0]),
        "logit_picture": float(logits[index]),
        "rank_picture": int(1 + (logits > logits[index]).sum()),
    }


def completeness(attribution: Attribution) -> dict[str, float]:
    """Tell how far the contributions are from adding up."""
    return {
        "absolute": float(abs(attribution.gap[0])),
        "relative": float(attribution.relative_gap[0]),
    }


def areas(rendering: Rendering, target_area: float) -> dict[str, float]:
    """Tell the mask's area and the one that was asked for."""
    return {"area": float(rendering.alpha[0].mean()), "target_area": float(target_area)}


def trust(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the checks that tell whether to trust an explanation.

    Args:
        facts: as `explanation.json` holds them.

    Returns:
        Rows with `check`, `ok`, `value`, `wanted` and `note`.
    """
    target, mask = facts["target"], facts["mask"]
    left = abs(target["logit_baseline"]) / max(abs(target["logit_photo"]), 1e-9)
    off = abs(mask["area"] / mask["target_area"] - 1)
    gap = facts["completeness"]["relative"]
    aimed = facts["settings"]["baseline"] in ("optimised", "quadratic")
    rows = [
        {
            "check": "The baseline lacks the target",
            "ok": left <= BASELINE_BOUND,
            "value": f"{left:.1%} of the photo's logit is left",
            "wanted": f"at most {BASELINE_BOUND:.0%}",
            "note": "" if aimed else "This kind of baseline does not aim at it.",
        },
        {
            "check": "The contributions add up",
            "ok": gap <= GAP_BOUND,
            "value": f"{gap:.2%} of the change is missing",
            "wanted": f"at most {GAP_BOUND:.1%}",
            "note": "More points make the gap smaller.",
        },
        {
            "check": "The picture excites the target",
            "ok": target["logit_picture"] >= target["logit_photo"],
            "value": f"logit {target['logit_picture']:.2f}",
            "wanted": f"at least the photo's {target['logit_photo']:.2f}",
            "note": "The logit was not part of what the drawing maximised.",
        },
        {
            "check": "The mask has the area of the attribution",
            "ok": off <= AREA_BOUND,
            "value": f"{mask['area']:.1%} of the picture",
            "wanted": f"{mask['target_area']:.1%} within {AREA_BOUND:.0%} of it",
            "note": "",
        },
    ]
    return rows
