"""`attrvis atlas`, `class-atlas`, `patches` and `circuits`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

UNIT = ("--preprocess", "unit", "--steps", "2")
LOOK = ("--grid", "2", "--layout", "pca", "--least", "2", "--pixels", "24")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("many photos")
    draw = np.random.default_rng(0)
    for number in range(6):
        pixels = (draw.uniform(0, 1, (6, 6, 3)) * 255).astype(np.uint8)
        Image.fromarray(pixels).resize((32, 32)).save(made / f"{number}.png")
    return made


def test_an_atlas_and_patches_from_it(run, model, labels, folder, photo, tmp_path):
    words = ("--model", model, "--labels", labels, *UNIT)
    more = ("--per-photo", "5", "--classes", "--whiten", "--out", "made")
    result = run("atlas", folder, "--layer", "mixed2", *words, *LOOK, *more)
    assert result.exit_code == 0, result.output
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["recipe"] == "atlas" and facts["samples"] == 30 and facts["photos"] == 6
    assert facts["whitened"]
    assert all(cell["class"] for cell in facts["cells"])
    with Image.open(tmp_path / "made" / "picture.png") as picture:
        assert picture.size == (48, 48)
    predicted = json.loads(run("predict", photo, *words[:-2], "--json").stdout)["predictions"]
    target = predicted[1]["label"]
    more = ("--patch", "made", "--places", "2", "--share", "0.5", "--target", target)
    result = run("patches", photo, *words, *more, "--out", "patched")
    assert result.exit_code == 0 and "turned at" in result.stdout, result.output
    facts = json.loads((tmp_path / "patched" / "plate.json").read_text())
    assert facts["own"]["label"] == predicted[0]["label"] and len(facts["sizes"]) == 1


def test_an_atlas_of_two_layers(run, model, labels, folder):
    words = ("--model", model, "--labels", labels, *UNIT, *LOOK, "--per-photo", "5", "--json")
    result = run("atlas", folder, "--layer", "conv1", "--layer", "mixed2", *words)
    assert result.exit_code == 0, result.output
    layers = json.loads(result.stdout)["layers"]
    assert [one["layer"] for one in layers] == ["conv1", "mixed2"]


def test_a_class_atlas_for_machines(run, model, labels, folder):
    net = ("--model", model, "--labels", labels, *UNIT[:2])
    words = ("--layer", "mixed2", *net, "--steps", "2", *LOOK)
    first = json.loads(run("predict", folder / "0.png", *net, "--json").stdout)
    target = first["predictions"][0]["label"]
    result = run("class-atlas", folder, *words, "--target", target, "--strongest", "20", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["format"] == "attrvis.class-atlas" and document["samples"] == 20
    assert document["target"]["label"] == target


def test_circuits(run, model, tmp_path):
    words = ("circuits", "conv1", "mixed2", "--unit", "3", "--count", "2", "--model", model, *UNIT)
    assert run(*words, "--out", "made").exit_code == 0
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["way"] == "kernel" and len(facts["channels"]) == 2
    assert np.load(tmp_path / "made" / "values.npz")["weights"].shape == (3, 3, 8)


def test_wrong_words(refused, model, folder, photo):
    words = ("--model", model, *UNIT)
    assert "mixed2" in refused("atlas", folder, "--layer", "mixd2", *words)
    assert "nowhere" in refused("atlas", "nowhere", "--layer", "mixed2", *words)
    assert "99" in refused("class-atlas", folder, "--layer", "mixed2", "--target", "99", *words)
    assert "--target" in refused("patches", photo, *words)
    assert "channels 0 to 11" in refused("circuits", "conv1", "mixed2", "--unit", "12", *words)
