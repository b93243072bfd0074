"""The result folder of an explanation: pictures, arrays, numbers, and a page."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from attrvis import arrays, folders, images, pages
from attrvis.attribution import Attribution
from attrvis.attribution.baselines import Baseline
from attrvis.errors import OutputError
from attrvis.images import Frame
from attrvis.rendering import Rendering

_KIND = "rendering"


def write(
    path: Path,
    facts: Mapping[str, Any],
    pictures: Mapping[str, np.ndarray],
    attribution: Attribution,
    baseline: Baseline,
    rendering: Rendering,
    channels: np.ndarray,
    groups: Sequence[np.ndarray],
) -> None:
    """Write the folder, staged beside its place and renamed whole."""
    steady = {name: facts[name] for name in ("network", "layer", "target", "seed", "settings")}
    notes = {"attrvis": str(facts["version"]), "settings": _json(steady)}
    page = _page(facts, pictures, groups)
    with folders.staged(path) as folder:
        for name, picture in pictures.items():
            images.write_png(folder / f"{name}.png", picture, notes)
        attribution.save(folder / "attribution.npz")
        baseline.save(folder / "baseline.npz")
        _save_rendering(folder / "rendering.npz", rendering, channels, groups)
        folders.write_file(folder / "explanation.json", _json(facts).encode())
        folders.write_file(folder / "index.html", page.encode())


def read(path: Path) -> dict[str, Any]:
    """Read a folder that `write` wrote, as the fields of an explanation."""
    try:
        facts = json.loads((path / "explanation.json").read_text(encoding="utf-8"))
        frame = Frame.from_json(facts["frame"])
        settings = dict(facts["settings"])
    except OSError as error:
        raise OutputError(
            f"'{path}' holds no explanation ({error.strerror}); name a folder that explain wrote."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise OutputError(f"'{path / 'explanation.json'}' is damaged; run explain again.") from None
    held, meta = arrays.load(path / "rendering.npz", kind=_KIND)
    history = {name: held[f"history-{i}"] for i, name in enumerate(meta.pop("terms"))}
    groups = tuple(held[f"group-{i}"] for i in range(int(meta.pop("groups"))))
    return {
        "photo": images.read(path / "photo.png"),
        "frame": frame,
        "original": None,
        "baseline": Baseline.load(path / "baseline.npz"),
        "attribution": Attribution.load(path / "attribution.npz"),
        "channels": held["channels"],
        "rendering": Rendering(held["images"], held["alpha"], history, settings, **meta),
        "groups": groups,
        "facts": facts,
    }


def _save_rendering(
    path: Path, rendering: Rendering, channels: np.ndarray, groups: Sequence[np.ndarray]
) -> None:
    held = {
        "images": rendering.images,
        "alpha": rendering.alpha,
        "channels": channels,
        **{f"history-{i}": v for i, v in enumerate(rendering.history.values())},
        **{f"group-{i}": g for i, g in enumerate(groups)},
    }
    meta = {"terms": list(rendering.history), "groups": len(groups), "status": rendering.status}
    arrays.save(path, held, kind=_KIND, meta=meta)


def _page(
    facts: Mapping[str, Any], pictures: Mapping[str, np.ndarray], groups: Sequence[np.ndarray]
) -> str:
    shown = [
        n for n in ("photo", "picture", "heatmap", "overlay", "mask", "sheet") if n in pictures
    ]
    shown += [n for n in pictures if n.startswith("group-")]
    sources: dict[str, Any] = {}
    for name in shown:
        data = base64.b64encode(images.encode_png(pictures[name])).decode()
        sources[name] = {"src": f"data:image/png;base64,{data}"}
        if name.startswith("group-"):
            number = int(name.partition("-")[2])
            caption = f"{len(groups[number - 1])} channels alone."
            sources[name] |= {"title": f"Group {number}", "caption": caption}
    return pages.explanation_page({**facts, "pictures": sources})


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, allow_nan=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
