"""Make the values with which the tests compare other libraries.

In an environment of its own with torch, captum, zennit, shap and saliency:
python -m tools.references.make
"""

from __future__ import annotations

import datetime
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tools.references.captum_values import captum_values
from tools.references.networks import TARGETS, Twin, photos, to_torch, weights
from tools.references.other_values import pair_values, shap_values, zennit_values

OUT = Path(__file__).resolve().parents[2] / "tests" / "attribution" / "references"
LIBRARIES = ("torch", "captum", "zennit", "shap", "saliency", "numpy")


def main() -> None:
    """Run every library on the networks and write what they give."""
    images = photos(1)
    held: dict[str, np.ndarray] = {"images": images, "targets": np.array(TARGETS)}
    for kind, biased in (("biased", True), ("bare", False)):
        given = weights(3, biased)

        def make(given: dict[str, np.ndarray] = given) -> Twin:
            return Twin(given)

        found = captum_values(make, images)
        held["several"] = several = found.pop("several").astype(np.float32)
        found |= zennit_values(make, images)
        if biased:
            found |= shap_values(make, images, several) | pair_values(make, images)
        held |= {f"{kind}/weights/{name}": value for name, value in given.items()}
        held[f"{kind}/logits"] = make()(to_torch(images)).detach().numpy()
        held |= {f"{kind}/{name}": value.astype(np.float32) for name, value in found.items()}
    OUT.mkdir(exist_ok=True)
    np.savez_compressed(OUT / "values.npz", **held)
    told = {
        "made_by": "python -m tools.references.make",
        "date": datetime.date.today().isoformat(),
        "versions": {name: version(name) for name in LIBRARIES},
        "arrays": {name: list(value.shape) for name, value in held.items()},
    }
    (OUT / "provenance.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{len(held)} arrays, {(OUT / 'values.npz').stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
