"""Settings with which the perturbation methods are quick in the conformance tests."""

SMALL: dict[str, dict[str, object]] = {
    "occlusion": {"window": 2, "stride": 2},
    "tiled-occlusion": {"window": 2, "shifts": 1},
    "feature-ablation": {"features": "grid:2"},
    "feature-permutation": {"features": "grid:2", "samples": 2},
    "rise": {"masks": 24, "cells": 3},
    "shapley-values": {"features": "grid:2"},
    "shapley-sampling": {"features": "grid:2", "orders": 3},
    "kernel-shap": {"features": "grid:2", "samples": 14},
    "lime": {"features": "grid:2", "samples": 24, "ridge": 0.0},
    "sobol": {"features": "grid:2", "designs": 4},
    "hsic": {"features": "grid:2", "designs": 40},
}
