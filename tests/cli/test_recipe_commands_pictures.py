"""`attrvis dream`, `style`, `texture`, `cppn`, `maco`, `random-sheet`: runs, and refusals."""

from __future__ import annotations

import json

import pytest
from PIL import Image

QUICK = ("--steps", 2, "--json")


@pytest.fixture
def written(run, model, labels, tmp_path):
    """Run a command on the small network; give what it said and the folder."""

    def invoke(*words):
        out = tmp_path / "out put"
        loading = ("--model", model, "--preprocess", "unit", "--labels", labels)
        result = run(*words, *loading, *QUICK, "--out", out)
        assert result.exit_code == 0, result.output
        document = json.loads(result.stdout)
        assert document["out"] == str(out) and document["status"] == "ok"
        assert (out / "picture.png").is_file() and (out / "plate.json").is_file()
        return document, out

    return invoke


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def test_dream(written, photo):
    document, out = written(
        "dream", photo, "--layer", "conv1:3", "--octaves", 2, "--scale", 1.5, "--pixels", 36
    )
    assert document["format"] == "attrvis.dream" and document["objective"] == "conv1:3"
    assert [octave["size"] for octave in document["octaves"]] == [[20, 24], [30, 36]]
    assert size_of(out / "dream.png") == (36, 30)


def test_style(written, photo):
    document, out = written(
        "style",
        photo,
        photo,
        "--pixels",
        40,
        "--weight",
        3,
        "--style-layer",
        "conv1",
        "--decay",
        0.9,
    )
    assert document["format"] == "attrvis.style" and document["weight"] == 3
    assert document["decay"] == 0.9
    assert document["style_from"] == ["conv1"] and document["content_from"]
    assert size_of(out / "painted.png") == (40, 33)


def test_texture(written, photo):
    document, out = written("texture", photo, "--pixels", 24, "--grain", 40, "--decay", 0.5)
    assert document["decay"] == 0.5
    assert document["format"] == "attrvis.texture" and "input" in document["style_from"]
    assert size_of(out / "texture.png") == (24, 24)


def test_cppn(written):
    document, out = written("cppn", "mixed2:1", "mixed2:2", "--resolution", 50)
    assert document["format"] == "attrvis.cppn"
    assert document["objectives"] == ["mixed2:1", "mixed2:2"]
    assert size_of(out / "pattern-1.png") == (50, 50)


def test_maco(written, photo):
    document, out = written("maco", "logit:lynx", "--pixels", 48, "--crops", 2, "--photo", photo)
    assert document["format"] == "attrvis.maco" and document["photos"] == 1
    with Image.open(out / "maco-0.png") as picture:
        assert picture.size == (48, 48) and picture.mode == "RGBA"


def test_random_sheet(written):
    document, out = written("random-sheet", "--layer", "mixed2", "--count", 2, "--power", 1)
    assert document["format"] == "attrvis.random-sheet" and document["seeds"] == [0, 1]
    assert document["power"] == 1 and (out / "mixed2-random-1.png").is_file()


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("dream", "no.jpg"), 2, "no photo"),
        (("style", "PHOTO", "no.jpg"), 2, "no photo"),
        (("texture", "no.jpg"), 2, "no photo"),
        (("maco", "mixed2:1", "--photo", "no.jpg"), 2, "no photo"),
        (("maco",), 2, "OBJECTIVE"),
        (("random-sheet",), 2, "--layer"),
        (("random-sheet", "--layer", "conv1", "--power", "-1"), 2, "power"),
        (("cppn", "mixed2:1", "--resolution", "4000"), 2, "resolution"),
        (("dream", "PHOTO", "--scale", "1"), 2, "scale"),
        (("style", "PHOTO", "PHOTO", "--weight", "0"), 2, "weight"),
        (("style", "PHOTO", "PHOTO", "--decay", "1"), 2, "decay"),
        (("texture", "PHOTO", "--decay", "nan"), 2, "decay"),
    ],
)
def test_wrong_arguments(refused, photo, words, status, says):
    said = refused(*[photo if word == "PHOTO" else word for word in words], status=status)
    assert says in said


def test_a_wrong_layer_names_the_nearest(refused, model, photo):
    loading = ("--model", model, "--preprocess", "unit")
    assert "mixed2" in refused("cppn", "mixed3:1", *loading)
    assert "conv1" in refused("dream", photo, "--layer", "conv9", *loading)


def test_the_help_tells_what_pixels_means(run):
    for command in ("dream", "style"):
        assert "Longer side" in run(command, "--help").stdout
    assert "N x N" in run("texture", "--help").stdout
