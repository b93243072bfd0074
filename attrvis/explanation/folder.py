"""The result folder of an explanation: pictures, arrays, numbers, and a page."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from attrvis import arrays, folders, images, pages, plots
from attrvis.attribution import Attribution
from attrvis.attribution.baselines import Baseline
from attrvis.errors import OutputError
from attrvis.explanation.explanation import Explanation
from attrvis.images import Frame
from attrvis.rendering import Rendering

_KIND = "rendering"
_MOST_PIXELS = 4_000_000


def write(explanation: Explanation, path: Path) -> None:
    """Write the folder, staged beside its place and renamed whole."""
    pictures = _pictures(explanation)
    notes = {"attrvis": str(explanation.facts["version"]), "settings": _json(_steady(explanation))}
    with folders.staged(path) as folder:
        for name, picture in pictures.items():
            images.write_png(folder / f"{name}.png", picture, notes)
        explanation.attribution.save(folder / "attribution.npz")
        explanation.baseline.save(folder / "baseline.npz")
        _save_rendering(explanation, folder / "rendering.npz")
        folders.write_file(folder / "explanation.json", _json(explanation.facts).encode())
        folders.write_file(folder / "index.html", _page(explanation, pictures).encode())


def read(path: Path) -> Explanation:
    """Read a folder that `write` wrote."""
    try:
        facts = json.loads((path / "explanation.json").read_text(encoding="utf-8"))
        frame = Frame.from_json(facts["frame"])
    except OSError as error:
        raise OutputError(
            f"'{path}' holds no explanation ({error.strerror}); name a folder that explain wrote."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise OutputError(f"'{path / 'explanation.json'}' is damaged; run explain again.") from None
    held, meta = arrays.load(path / "rendering.npz", kind=_KIND)
    history = {name: held[f"history-{i}"] for i, name in enumerate(meta.pop("terms"))}
    groups = tuple(held[f"group-{i}"] for i in range(int(meta.pop("groups"))))
    return Explanation(
        photo=images.read(path / "photo.png"),
        frame=frame,
        original=None,
        baseline=Baseline.load(path / "baseline.npz"),
        attribution=Attribution.load(path / "attribution.npz"),
        channels=held["channels"],
        rendering=Rendering(held["images"], held["alpha"], history, facts["settings"], **meta),
        groups=groups,
        facts=facts,
    )


def _save_rendering(explanation: Explanation, path: Path) -> None:
    rendering = explanation.rendering
    held = {
        "images": rendering.images,
        "alpha": rendering.alpha,
        "channels": explanation.channels,
        **{f"history-{i}": v for i, v in enumerate(rendering.history.values())},
        **{f"group-{i}": g for i, g in enumerate(explanation.groups)},
    }
    meta = {
        "terms": list(rendering.history),
        "groups": len(explanation.groups),
        "status": rendering.status,
    }
    arrays.save(path, held, kind=_KIND, meta=meta)


def _pictures(explanation: Explanation) -> dict[str, np.ndarray]:
    photo, heat = explanation.photo, explanation.heatmap
    scale = plots.scale_of(heat)
    made = {
        "photo": photo,
        "picture": explanation.picture,
        "picture_rgba": explanation.rendering.rgba[0],
        "mask": explanation.mask,
        "heatmap": images.resize(plots.heatmap(heat, scale), photo.shape[:2]),
        "overlay": plots.overlay(photo, heat, scale),
        "sheet": _sheet(explanation, heat, scale),
    }
    for i, rgba in enumerate(explanation.rendering.rgba[1:], start=1):
        made[f"group-{i}"] = images.composite(rgba)
    made.update(_in_photo(explanation, scale))
    return made


def _in_photo(explanation: Explanation, scale: float) -> dict[str, np.ndarray]:
    """Draw the maps in the photo's own frame, where that is another than the network's."""
    frame, original = explanation.frame, explanation.original
    if frame.photo == frame.network or original is None or np.prod(frame.photo) > _MOST_PIXELS:
        return {}
    return {
        "photo_picture_rgba": explanation.in_photo("picture"),
        "photo_mask": explanation.in_photo("mask"),
        "photo_overlay": plots.overlay(original, explanation.in_photo("heatmap"), scale),
    }


def _sheet(explanation: Explanation, heat: np.ndarray, scale: float) -> np.ndarray:
    target, mask = explanation.facts["target"], explanation.facts["mask"]
    panels: list[Any] = [
        (explanation.photo, f"Photo\n{target['label']}: logit {target['logit_photo']:.2f}"),
        (
            plots.overlay(explanation.photo, heat, scale),
            f"Contributions at {explanation.facts['layer']}\n"
            f"red for, blue against; gap {explanation.facts['completeness']['relative']:.2%}",
            scale,
        ),
        (
            explanation.picture,
            f"What they look for\nlogit {target['logit_picture']:.2f}, rank "
            f"{target['rank_picture']}",
        ),
        (
            explanation.mask,
            f"Mask\n{mask['area']:.1%} of the picture, asked for {mask['target_area']:.1%}",
        ),
    ]
    for i, rgba in enumerate(explanation.rendering.rgba[1:], start=1):
        count = len(explanation.groups[i - 1])
        panels.append((images.composite(rgba), f"Group {i}\n{count} channels"))
    return plots.sheet(panels)


def _page(explanation: Explanation, pictures: dict[str, np.ndarray]) -> str:
    facts = explanation.facts
    shown = [
        n for n in ("photo", "picture", "heatmap", "overlay", "mask", "sheet") if n in pictures
    ]
    shown += [n for n in pictures if n.startswith("group-")]
    sources: dict[str, Any] = {}
    for name in shown:
        data = base64.b64encode(images.encode_png(pictures[name])).decode()
        sources[name] = {"src": f"data:image/png;base64,{data}"}
        if name.startswith("group-"):
            count = len(explanation.groups[int(name.partition("-")[2]) - 1])
            sources[name] |= {"title": f"Group {name[6:]}", "caption": f"{count} channels alone."}
    return pages.explanation_page({**facts, "pictures": sources})


def _steady(explanation: Explanation) -> dict[str, Any]:
    """Take the facts that do not change from run to run, for the pictures' metadata."""
    kept = ("network", "layer", "target", "seed", "settings")
    return {name: explanation.facts[name] for name in kept}


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, allow_nan=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


def figure(explanation: Explanation) -> str:
    """Make the HTML by which a notebook shows an explanation: its sheet."""
    heat = explanation.heatmap
    sheet = _sheet(explanation, heat, plots.scale_of(heat))
    data = base64.b64encode(images.encode_png(sheet)).decode()
    return f'<img alt="explanation" style="max-width:100%" src="data:image/png;base64,{data}">'
