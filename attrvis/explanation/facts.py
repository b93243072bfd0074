"""The numbers of an explanation, and whether they are good enough to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import __version__
from attrvis.attribution import Attribution
from attrvis.attribution.baselines import Baseline
from attrvis.errors import warn
from attrvis.explanation.explanation import Explanation
from attrvis.images import read, to_uint8
from attrvis.networks import Network, card_of
from attrvis.networks.prediction import Prediction, pooled
from attrvis.rendering import Rendering

BASELINE_BOUND, GAP_BOUND, AREA_BOUND = 0.05, 0.005, 0.15


def gathered(
    net: Network,
    explanation: Explanation,
    *,
    index: int,
    layer_chosen: str,
    target_area: float,
    predictions: Sequence[Prediction],
    seconds: Mapping[str, float],
    settings: Mapping[str, Any],
    photo: str,
) -> dict[str, Any]:
    """Gather what `explanation.json` holds.

    Args:
        net: the network in float32, which judges the picture.
        explanation: what was made; its facts are not looked at.
        index: the target's class.
        layer_chosen: why this layer.
        target_area: the share of the picture that the mask was to cover.
        predictions: of the photo.
        seconds: how long each stage took.
        settings: all choices.
        photo: the file's name, or nothing.

    Returns:
        The facts, with the checks that tell whether to trust them.
    """
    baseline, attribution = explanation.baseline, explanation.attribution
    rendering = explanation.rendering
    known: dict[str, Any] = {
        "network": net.name,
        "card": asdict(card_of(net)),
        "layer": attribution.layer,
        "layer_chosen": layer_chosen,
        "target": judged(net, index, explanation.picture, baseline),
        "completeness": completeness(attribution),
        "mask": areas(rendering, target_area),
        "steps": {
            "baseline": baseline.steps,
            "render": len(rendering.history.get("objective", ())),
        },
        "seconds": dict(seconds),
        "seed": attribution.seed,
        "status": _status(baseline, attribution, rendering),
        "interrupted": rendering.status == "interrupted",
        "settings": dict(settings),
        "frame": explanation.frame.to_json(),
        "predictions": [vars(p) for p in predictions],
        "channels": _top_channels(attribution, explanation.channels),
        "photo": photo,
        "version": __version__,
    }
    return {**known, "trust": trust(known)}


def judged(net: Network, index: int, picture: np.ndarray, baseline: Baseline) -> dict[str, Any]:
    """Ask the network about the picture, as its PNG file will hold it."""
    shown = read(to_uint8(picture))
    logits = pooled(net.run(tf.constant(shown[None]))["logits"]).numpy()[0]
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


def _status(baseline: Baseline, attribution: Attribution, rendering: Rendering) -> str:
    if rendering.status != "ok":
        if rendering.status == "nonfinite":
            warn(
                "The drawing met values that are not finite and stopped there; try another seed "
                "or float32.",
            )
        return rendering.status
    return attribution.status if baseline.status == "ok" else baseline.status


def _top_channels(attribution: Attribution, channels: np.ndarray) -> list[Mapping[str, float]]:
    sums = attribution.channels()[0].astype(np.float64)
    total = float(np.asarray(attribution.change)[0])
    best = sorted(map(int, channels), key=lambda c: -sums[c])[:12]
    return [
        {"unit": c, "value": float(sums[c]), "share": float(sums[c] / total) if total else 0.0}
        for c in best
    ]
