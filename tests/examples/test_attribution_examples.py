"""The examples about attribution methods, run in process and checked for their effect."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis.recipes.plate import MARKER
from examples import (
    compare_methods,
    fusion_grad,
    internal_neurons,
    recalibration,
    tiled_occlusion,
)


@pytest.fixture
def made(tmp_path, capsys):
    def run(script, *words):
        plate = script.main([*map(str, words), "--out", str(tmp_path / "made")])
        assert (tmp_path / "made" / MARKER).is_file()
        return plate, capsys.readouterr().out

    return run


def test_methods_are_laid_out_and_correlated(made):
    names = ("saliency", "integrated-gradients", "grad-cam")
    plate, said = made(compare_methods, "--methods", *names, "--target", "espresso")
    assert list(plate.facts["methods"]) == list(names) and plate.facts["failed"] == {}
    assert said.count("saliency and ") == 2 and "grad-cam: correlation" in said


def test_neurons_are_found_and_asked(made):
    plate, said = made(internal_neurons, "--layer", "mixed4a")
    assert len(plate.facts["neurons"]) == 5 and "carries" in said
    # Each neuron looks at a part of the photo, and at different ones.
    seen = [heat != 0 for heat in plate.values.values()]
    assert all(0 < part.mean() < 0.9 for part in seen)
    assert any((seen[0] != other).any() for other in seen[1:])


def test_shifted_tilings_have_finer_cells(made):
    plate, _ = made(tiled_occlusion)
    coarse, fine = plate.values["shifts-1"], plate.values["shifts-4"]
    assert len(np.unique(coarse)) <= 16 < len(np.unique(np.round(fine, 6)))
    costs = plate.facts["forwards"]
    assert costs[1] < costs[2] < costs[4] < 25 * costs[1]
    # The coarse cell with the most holds much in fine cells too.
    best = coarse == coarse.max()
    assert fine[best].mean() > fine[~best].mean()


def test_noise_makes_maps_smoother(made):
    plate, _ = made(fusion_grad)
    rough = plate.facts["roughness"]
    assert rough["image noise"] < rough["saliency"] and rough["both"] < rough["saliency"]


def test_what_is_calibrated_is_never_negative(made):
    plate, _ = made(recalibration)
    negative = plate.facts["negative"]
    assert negative["ig-uniform"] > 0.2 and negative["ig-sg"] > 0.2
    assert all(share == 0 for name, share in negative.items() if "valid" in name)
