"""The examples about one photo, and about many, run in process and checked for their effect."""

from __future__ import annotations

import pytest

from attrvis import images
from attrvis.recipes.plate import MARKER
from examples import (
    attribution_caricature,
    caricature,
    dataset_examples,
    inversion,
    neuron_groups,
    semantic_dictionary,
)


@pytest.fixture
def made(tmp_path, capsys):
    def run(script, *words):
        plate = script.main([*map(str, words), "--out", str(tmp_path / "made")])
        assert (tmp_path / "made" / MARKER).is_file()
        assert "picture.png" in capsys.readouterr().out
        return plate

    return run


def test_a_caricature_looks_like_the_photo_to_its_layer(made):
    plate = made(caricature, "--steps", 20)
    assert len(plate.facts["pictures"]) == 4
    assert min(row["cosine"] for row in plate.facts["pictures"]) > 0.5


def test_an_inversion_gains_with_the_steps(made):
    short, long = (
        made(inversion, "--steps", steps, "--layer", "conv2").facts["pictures"][0]["distance"]
        for steps in (2, 30)
    )
    assert long < 0.5 * short


def test_the_caricature_of_a_class(made):
    plate = made(attribution_caricature, "--steps", 25)
    assert "espresso" in plate.facts["label"]
    assert plate.facts["relative_gap"][0] <= 0.01
    assert plate.facts["pictures"][0]["cosine"] > 0.1


def test_the_dictionary_names_channels_and_classes(made):
    plate = made(semantic_dictionary, "--steps", 2, "--layer", "mixed5a")
    entries = [entry for place in plate.facts["positions"] for entry in place["channels"]]
    assert len(entries) == 16 and all(entry["activation"] > 0 for entry in entries)
    assert any(entry["for"] for entry in entries)


def test_the_groups_add_up(made):
    plate = made(neuron_groups, "--steps", 2)
    espresso = plate.facts["classes"][0]
    total = sum(group["effects"][0] for group in plate.facts["groups"]) + espresso["rest"]
    assert total == pytest.approx(espresso["attribution"], abs=1e-2)


def test_the_best_cutouts_are_found_and_a_folder_will_do(made):
    plate = made(dataset_examples, "--steps", 2, "--units", "mixed3b:5", "--count", 24)
    values = [one["value"] for one in plate.facts["units"][0]["most"]]
    assert values == sorted(values, reverse=True) and values[0] > values[-1] > 0
    assert plate.facts["photos"] == 24
    folder = images.bundled().parent
    assert made(dataset_examples, "--folder", folder, "--steps", 2).facts["photos"] == 2
