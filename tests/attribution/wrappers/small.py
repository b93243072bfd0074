"""Settings with which the wrappers are quick in the conformance tests."""

from attrvis.attribution import IntegratedGradients

SMALL: dict[str, dict] = {
    "noise-tunnel": {"samples": 2},
    "smooth-taylor": {"samples": 4},
    "noise-grad": {"networks": 2},
    "fusion-grad": {"networks": 2, "samples": 2},
    "averaged-baselines": {"method": IntegratedGradients(steps=128)},
    "for-grad": {"cutoff": 3.0},
}
