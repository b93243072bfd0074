"""`attrvis layers` and `attrvis predict`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from attrvis.cli.app import attrvis

UNIT = ("--preprocess", "unit")


def test_layers_for_people(run, model):
    text = run("layers", model, *UNIT).stdout
    assert "small net.pb: 32 x 32 pixels in, 5 classes out" in text
    assert "preprocess  unit" in text and "as given" in text
    assert any(
        line.split() == ["mixed2", "8", "x", "8", "x", "12", "Relu", "*"]
        for line in text.splitlines()
    )


def test_layers_for_machines(run, model):
    document = json.loads(run("layers", model, *UNIT, "--json").stdout)
    assert list(document) == [
        "format",
        "version",
        "network",
        "size",
        "preprocess",
        "preprocess_found",
        "classes",
        "logits",
        "layers",
    ]
    assert document["logits"] == "scores"
    mixed2 = next(layer for layer in document["layers"] if layer["name"] == "mixed2")
    assert mixed2 == {
        "name": "mixed2", "shape": [8, 8, 12], "kind": "Relu", "units": 12, "drawable": True
    }  # fmt: skip


def test_models(run):
    text = run("models").stdout
    assert 'load("folder/")' in text and "TensorFlow Hub" in text
    document = json.loads(run("models", "--json").stdout)
    assert {"embedded", "hub", "tf-slim"} <= {row["name"] for row in document["models"]}


def test_predict_for_people(run, model, labels, photo):
    text = run("predict", photo, "--model", model, *UNIT, "--labels", labels, "--top", 2).stdout
    assert len(text.splitlines()) == 2
    assert "%" in text


def test_predict_for_machines(run, model, labels, photo):
    words = ("predict", photo, "--model", model, *UNIT, "--labels", labels, "--json")
    document = json.loads(run(*words).stdout)
    found = document["predictions"]
    assert len(found) == 5
    assert sum(one["probability"] for one in found) == pytest.approx(1, abs=1e-5)
    assert [one["logit"] for one in found] == sorted((o["logit"] for o in found), reverse=True)
    assert list(found[0]) == ["index", "label", "logit", "probability"]


def test_an_unknown_preprocessing_is_a_note_not_an_error(run, model, photo):
    result = run("predict", photo, "--model", model)
    assert result.exit_code == 0
    assert "attrvis: note: The preprocessing of 'small net.pb' is not known" in result.stderr


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_every_fit(run, model, photo, fit):
    assert run("predict", photo, "--model", model, *UNIT, "--fit", fit).exit_code == 0


def test_a_custom_preprocessing(run, model, photo):
    custom = "mean=0.5,0.5,0.5,std=0.5,0.5,0.5"
    words = ("predict", photo, "--model", model, "--json", "--preprocess")
    own, named = (json.loads(run(*words, p).stdout)["predictions"] for p in (custom, "tf"))
    assert own == named


@pytest.mark.parametrize("mode", ["L", "RGBA", "LA", "P", "CMYK", "I;16", "1"])
def test_every_kind_of_photo(run, model, tmp_path, photo, mode):
    path = tmp_path / ("photo.tif" if mode in ("CMYK", "I;16") else "photo.png")
    picture = Image.open(photo).convert("I" if mode == "I;16" else mode)
    picture = picture.point(lambda v: v * 257).convert("I;16") if mode == "I;16" else picture
    picture.save(path)
    assert run("predict", path, "--model", model, *UNIT).exit_code == 0


def test_a_photo_of_one_pixel(run, model, tmp_path):
    Image.new("RGB", (1, 1), "red").save(tmp_path / "one.png")
    assert run("predict", tmp_path / "one.png", "--model", model, *UNIT).exit_code == 0


@pytest.mark.parametrize(("charset", "cat"), [("ascii", ""), ("latin-1", "\\u732b")])
def test_a_terminal_that_does_not_know_every_letter(model, photo, tmp_path, charset, cat):
    (tmp_path / "words.txt").write_text("Käse\nÖl\nžába\n猫\nvase", encoding="utf-8")
    words = ("predict", photo, "--model", model, *UNIT, "--labels", tmp_path / "words.txt")
    result = CliRunner(charset=charset).invoke(attrvis, [str(word) for word in words])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "vase" in result.stdout
    assert cat in result.stdout


def test_a_reader_that_has_gone(run, model, monkeypatch):
    def broken(text):
        raise BrokenPipeError

    monkeypatch.setattr("attrvis.cli.layers.click.echo", broken)
    result = run("layers", model, *UNIT)
    assert (result.exit_code, result.stderr) == (141, "")
