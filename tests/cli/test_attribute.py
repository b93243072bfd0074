"""`attrvis attribute` and `attrvis methods`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import attrvis
from attrvis import plots
from attrvis.attribution import TABLE, Attribution

UNIT = ("--preprocess", "unit")


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.png"
    Image.new("RGB", (20, 30), "teal").save(path)
    return path


def test_a_photo(run, model, labels, photo, tmp_path):
    words = ("--method", "integrated-gradients", "--set", "steps=5", "--target", "lynx")
    result = run("attribute", photo, "--model", model, *UNIT, "--labels", labels, *words)
    assert result.exit_code == 0, result.output
    assert "lynx at input by integrated-gradients" in result.stdout
    folder = tmp_path / "attrvis-attribute/my photo"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "attribution.json", "attribution.npz", "heatmap.png", "overlay.png", "photo_overlay.png"
    }  # fmt: skip
    assert Image.open(folder / "photo_overlay.png").size == (48, 40)
    net = attrvis.load(model, preprocess="unit", labels=labels)
    mine = attrvis.attribute(net, photo, "integrated-gradients", target="lynx", steps=5)
    loaded = Attribution.load(folder / "attribution.npz")
    np.testing.assert_array_equal(loaded.values, mine.values)
    np.testing.assert_array_equal(loaded.photos, mine.photos)
    document = json.loads((folder / "attribution.json").read_text())
    assert document["target"] == "lynx" and document["settings"]["steps"] == 5
    assert document["sum"] == pytest.approx(mine.values.sum(), rel=1e-5)
    assert document["gradients"] == 5
    assert document["colours"] == plots.range_of(mine.heatmap()[0]).to_json()


def test_for_machines(run, model, photo):
    words = ("--method", "grad-cam", "--target", "3", "--json", "--out", "here")
    result = run("attribute", photo, "--model", model, *UNIT, *words)
    document = json.loads(result.stdout)
    assert (document["format"], document["version"]) == ("attrvis.attribution", 1)
    assert document["layer"] == "mixed2" and document["target"] == "class 3"
    assert document["relative_gap"] is None and document["shape"] == [8, 8, 12]


def test_several_photos_go_on_past_a_bad_one(run, model, photo, other, tmp_path):
    words = ("--model", model, *UNIT, "--method", "saliency", "--out", "maps")
    result = run("attribute", photo, "nowhere.jpg", other, other, *words)
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr.count("nowhere.jpg") == 1 and "Traceback" not in result.stderr
    made = sorted(path.name for path in (tmp_path / "maps").iterdir())
    assert made == ["my photo", "other", "other-2"]
    document = json.loads(run("attribute", photo, "no.jpg", *words, "--json").stdout)
    assert len(document["done"]) == 1 and document["failed"][0]["photo"] == "no.jpg"


def test_a_neuron_at_a_layer(run, model, photo):
    words = ("--method", "saliency", "--layer", "conv1", "--target", "mixed2:3@2,2", "--out", "n")
    assert run("attribute", photo, "--model", model, *UNIT, *words).exit_code == 0
    values = Attribution.load("n/attribution.npz").values
    assert values.shape == (1, 16, 16, 8) and values[0, 8:].max() == values[0, 8:].min() == 0


def test_a_poster_is_made_smaller_to_lie_under_its_map(run, model, photo, monkeypatch):
    from attrvis.cli import attribute

    monkeypatch.setattr(attribute, "_MOST_PIXELS", 500)
    words = ("--model", model, *UNIT, "--method", "saliency", "--out", "small")
    assert run("attribute", photo, *words).exit_code == 0
    assert Image.open("small/photo_overlay.png").size == (24, 20)  # of 48 x 40


def test_what_has_no_positions_lies_nowhere_in_the_photo(run, model, photo, tmp_path):
    words = ("--model", model, *UNIT, "--method", "saliency", "--layer", "scores", "--out", "rows")
    assert run("attribute", photo, *words).exit_code == 0
    names = {path.name for path in (tmp_path / "rows").iterdir()}
    assert names == {"attribution.json", "attribution.npz", "heatmap.png"}
    assert Image.open("rows/heatmap.png").size == (5, 16)


def test_a_sheet_of_methods(run, model, photo, tmp_path):
    words = ("--method", "saliency", "--method", "integrated-gradients", "--method", "grad-cam")
    more = ("--set", "integrated-gradients:steps=4", "--out", "sheet", "--json")
    result = run("attribute", photo, "--model", model, *UNIT, *words, *more)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert list(document["methods"]) == ["saliency", "integrated-gradients", "grad-cam"]
    assert document["methods"]["integrated-gradients"]["gradients"] == 4
    assert (tmp_path / "sheet/saliency.png").is_file() and document["failed"] == {}


def test_a_sheet_leaves_out_what_cannot_explain(run, model, photo):
    words = ("--method", "saliency", "--method", "grad-cam", "--layer", "scores", "--target", "1")
    result = run("attribute", photo, "--model", model, *UNIT, *words, "--out", "sheet")
    assert result.exit_code == 3 and "note: grad-cam: " in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--method", "grad-camm"), "'grad-cam'"),
        (("--method", "saliency", "--method", "saliency"), "each named once"),
        (("--method", "integrated-gradients", "--set", "step=3"), "'steps'"),
        (("--method", "integrated-gradients", "--set", "steps=many"), "a number such as 32"),
        (("--method", "integrated-gradients", "--set", "steps=0"), "0"),
        (("--method", "integrated-gradients", "--set", "steps"), "name=value"),
        (("--method", "saliency", "--method", "grad-cam", "--set", "x=3"), "saliency:x=3"),
        (("--method", "saliency", "--set", "grad-cam:x=3"), "not among the methods"),
        (("--method", "saliency", "--layer", "mixed3"), "'mixed2'"),
        (("--method", "saliency", "--target", "5"), "0 to 4"),
        (("--method", "saliency", "--target", "mixed2:99"), "99"),
        (("--method", "saliency", "--score", "logits"), "'logit'"),
        (("--method", "saliency", "--layer", "mixed2", "--target", "conv1:1"), "conv1"),
    ],
)
def test_what_is_refused(refused, model, photo, words, said):
    assert said in refused("attribute", photo, "--model", model, *UNIT, *words)


def test_no_photo_at_all(refused, model):
    assert "nowhere.jpg" in refused("attribute", "nowhere.jpg", "--model", model, *UNIT)
    assert "PHOTO" in refused("attribute")


def test_a_folder_that_holds_other_things(refused, model, photo, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear")
    line = refused("attribute", photo, "--model", model, *UNIT, "--out", "mine")
    assert "letter.txt" in line


def test_methods_for_people(run):
    text = run("methods").stdout
    for row in TABLE:
        assert f"  {row.name} " in text
    assert f"{len(TABLE)} methods" in text
    page = run("methods", "integrated-gradients").stdout
    assert "steps=32" in page and "Sundararajan" in page and "quadrature" in page
    assert "saliency" not in run("methods", "--family", "cams").stdout


def test_methods_for_machines(run, refused):
    told = json.loads(run("methods", "--json").stdout)["methods"]
    assert [one["name"] for one in told] == list(TABLE.names)
    one = next(one for one in told if one["name"] == "integrated-gradients")
    assert {"name": "steps", "default": "32"}.items() <= one["parameters"][0].items()
    assert "'saliency'" in refused("methods", "salience")
    assert "'cams'" in refused("methods", "--family", "cam")
    line = refused("methods", "rise", "saliency", "--family", "gradients")
    assert "'rise' is not of the family 'gradients'" in line


def test_a_neuron_has_a_comma_in_its_name(refused, model, photo):
    """What is told is the layer's name, so the place was read."""
    line = refused(
        "attribute", photo, "--model", model, *UNIT, "--method", "neuron-conductance",
        "--set", "neuron=stemm:0@1,2",
    )  # fmt: skip
    assert "There is no layer 'stemm'" in line
