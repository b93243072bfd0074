"""The commands that redraw a photo, take it apart, or look for photos that excite a unit."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

UNIT = ("--preprocess", "unit")
QUICK = ("--steps", 2, "--pixels", 32, "--out", "made", "--json")

COMMANDS = {
    "caricature": ("-l", "conv1", "-l", "mixed2", "--power", 0, "--power", 2),
    "inversion": ("-l", "conv1", "-l", "mixed2", "--smooth", 0),
    "attribution-caricature": ("-l", "conv1", "--target", "tabby"),
    "dictionary": ("-l", "mixed2", "--at", "2,3", "--at", "0,0", "--count", 2),
    "groups": ("-l", "mixed2", "--count", 2, "--target", "vase"),
}
PARTS = {
    "caricature": {"photo", *(f"{x}-power_{p}" for x in ("conv1", "mixed2") for p in (0, 2))},
    "inversion": {"photo", "conv1", "mixed2"},
    "attribution-caricature": {"photo", "conv1"},
    "groups": {"photo", "together", "group-1", "group-2", "where-1", "where-2"},
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_photo(run, model, labels, photo, tmp_path, command):
    words = ("--model", model, *UNIT, "--labels", labels, *QUICK)
    result = run(command, photo, *COMMANDS[command], *words)
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["format"] == f"attrvis.{command}"
    assert document["status"] == "ok"
    written = {path.stem for path in (tmp_path / "made").glob("*.png")} - {"picture"}
    if command in PARTS:
        assert written == PARTS[command]
    if command == "attribution-caricature":
        assert document["label"].startswith("tabby")
    if command == "dictionary":
        assert [(p["row"], p["column"]) for p in document["positions"]] == [(2, 3), (0, 0)]
        assert {len(p["channels"]) for p in document["positions"]} == {2}
    if command == "groups":
        assert [one["label"] for one in document["classes"]] == ["vase"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos").mkdir()
    for name, value in (("dark", 20), ("light", 230)):
        pixels = np.full((40, 40, 3), value, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{name}.png")
    return tmp_path / "photos"


def test_a_folder(run, model, folder, tmp_path):
    words = ("mixed2:1", "mixed2:4", "--count", 1, "--least", "--view", "map", "--batch", 1)
    result = run("examples", folder, *words, "--model", model, *UNIT, *QUICK)
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert [unit["unit"] for unit in document["units"]] == ["mixed2:1", "mixed2:4"]
    for unit in document["units"]:
        assert unit["most"][0]["value"] >= unit["least"][0]["value"]
        assert unit["most"][0]["photo"] in ("dark.png", "light.png")
    assert (tmp_path / "made" / "mixed2-1-most.png").is_file()
    quiet = run("examples", folder, "mixed2:1", "--no-feature", "--model", model, *UNIT)
    assert quiet.exit_code == 0
    assert not (tmp_path / "attrvis-examples" / "mixed2-1-most.png").exists()


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("caricature", ("-l", "mixd2"), "'mixed2'"),
        ("inversion", ("-l", "mixd2"), "'mixed2'"),
        ("attribution-caricature", ("-l", "mixed2", "-t", "taby"), "'tabby'"),
        ("attribution-caricature", ("-l", "softmax"), "'softmax'"),
        ("dictionary", ("-l", "mixed2", "--at", "9,0"), "rows go from 0 to 7"),
        ("groups", ("-l", "scores"), "rows and columns"),
    ],
)
def test_a_wrong_word(refused, model, labels, photo, command, words, said):
    assert said in refused(command, photo, *words, "--model", model, *UNIT, "--labels", labels)


@pytest.mark.parametrize("at", ["9", "a,b", "1,2,3", "-1,0", "1.5,0"])
def test_a_position_that_is_none(refused, photo, at):
    assert "such as 2,3" in refused("dictionary", photo, "-l", "mixed2", "--at", at)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_photo_that_is_not_there(refused, command):
    assert "nowhere.png" in refused(command, "nowhere.png", "-l", "mixed2")


def test_a_folder_that_will_not_do(refused, model, photo, folder):
    assert "folder" in refused("examples", "nowhere", "mixed2:1")
    assert "folder" in refused("examples", photo, "mixed2:1")
    words = ("--model", model, *UNIT)
    assert "from 0 to 11" in refused("examples", folder, "mixed2:99", *words)
    assert "one channel" in refused("examples", folder, "mixed2", *words)
