"""The examples of atlases, patches and circuits, run in process at a tiny size."""

from __future__ import annotations

import numpy as np

from examples import atlas, circuits, class_atlas, patches

TINY = ["--layout", "pca", "--steps", "2", "--layer", "mixed4a", "--grid", "2"]


def test_an_atlas_of_cut_outs(tmp_path, capsys):
    plate = atlas.main([*TINY, "--count", "16", "--out", str(tmp_path / "made")])
    assert plate.values["counts"].sum() == 32
    assert all(cell["class"] for cell in plate.facts["cells"])
    assert (
        tmp_path / "made" / "picture.png"
    ).is_file() and "32 activations" in capsys.readouterr().out


def test_what_speaks_for_espresso_lies_in_the_coffee(tmp_path):
    more = ["--layer", "mixed5b", "--count", "24", "--out", str(tmp_path / "made")]
    plate = class_atlas.main([*TINY, *more])
    assert plate.facts["target"]["label"] == "espresso"
    photos = plate.values["samples"][:, 0]
    speaks = plate.values["speaks"][:, 0]
    strongest = photos[np.argsort(-speaks)[:20]]
    assert (strongest % 2 == 0).mean() > 0.8  # every other cut-out is of the coffee


def test_a_patch_moves_the_prediction(tmp_path, capsys):
    plate = patches.main(["--steps", "8", "--shares", "0.4", "--out", str(tmp_path / "made")])
    moved = [size["moved_target"] for size in plate.facts["sizes"]]
    assert len(moved) == 1 and moved[0] > 0
    assert capsys.readouterr().out.count("pixels: target") == 1


def test_a_circuit(tmp_path):
    plate = circuits.main(["--steps", "2", "--count", "2", "--out", str(tmp_path / "made")])
    assert plate.facts["earlier"] == "conv2" and np.abs(plate.values["strengths"]).min() > 0
    assert (tmp_path / "made" / "plate.json").is_file()
