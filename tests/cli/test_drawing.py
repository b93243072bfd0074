"""`attrvis render` and `attrvis sheet`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

UNIT = ("--preprocess", "unit", "--steps", "3")


def test_a_picture_for_each_objective(run, model, labels, tmp_path):
    words = ("mixed2:3", "conv1:1 - 0.5*conv1:2", "logit:vase")
    result = run("render", *words, "--model", model, "--labels", labels, *UNIT, "--out", "made")
    assert result.exit_code == 0 and "3 pictures" in result.stdout
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == [
        *(f"picture-{i}.png" for i in range(3)),
        "picture.png",
        "plate.json",
        "values.npz",
    ]
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["objectives"][0] == "mixed2:3" and facts["settings"]["steps"] == 3
    with Image.open(tmp_path / "made" / "picture-0.png") as picture:
        assert picture.size == (32, 32)


def test_for_machines(run, model):
    result = run("render", "mixed2:3", "--model", model, *UNIT, "--pixels", 24, "--json")
    document = json.loads(result.stdout)
    assert (document["format"], document["version"]) == ("attrvis.render", 1)
    assert document["settings"]["size"] == [24, 24] and document["status"] == "ok"


def test_a_film_and_a_preview(run, model, tmp_path):
    more = ("--film", 3, "--preview", "live.png", "--out", "made")
    assert run("render", "mixed2:3", "--model", model, *UNIT, *more).exit_code == 0
    with Image.open(tmp_path / "made" / "film.gif") as film:
        assert film.n_frames >= 2
    assert (tmp_path / "live.png").stat().st_size > 500


def test_the_same_seed_gives_the_same_pictures(run, model, tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        run("render", "mixed2:3", "--model", model, *UNIT, "--seed", seed, "--out", name)
    a, b, c = (np.load(tmp_path / name / "values.npz")["rgba"] for name in "abc")
    assert np.array_equal(a, b) and not np.array_equal(a, c)


def test_a_run_is_kept_and_gone_on_with(run, model, tmp_path):
    words = ("render", "mixed2:3", "--model", model, "--preprocess", "unit", "--rate", 0.2)
    assert run(*words, "--steps", 6, "--out", "whole").exit_code == 0
    assert run(*words, "--steps", 6, "--run", "it.npz", "--out", "a").exit_code == 0
    before = (tmp_path / "it.npz").read_bytes()
    again = run(*words, "--steps", 6, "--run", "it.npz", "--out", "b")
    assert again.exit_code == 0, again.output
    whole, a, b = (np.load(tmp_path / name / "values.npz")["rgba"] for name in ("whole", "a", "b"))
    assert np.array_equal(whole, a) and np.allclose(a, b, atol=1e-6)  # there was nothing left to do
    more = run(*words, "--steps", 9, "--run", "it.npz", "--out", "c")
    assert more.exit_code == 0, more.output
    assert (tmp_path / "it.npz").read_bytes() != before
    facts = json.loads((tmp_path / "c" / "plate.json").read_text())
    assert "rate=0.2" in facts["settings"]["optimizer"]
    other = run("render", "mixed2:4", *words[2:], "--steps", 9, "--run", "it.npz", "--out", "e")
    assert other.exit_code == 2 and "is a run of mixed2:3" in other.stderr
    assert not (tmp_path / "e").exists()
    slow = run(*words, "--steps", 500, "--patience", 1, "--out", "d")
    assert slow.exit_code == 0, slow.output


def test_one_picture_is_one(run, model):
    words = ("--model", model, "--preprocess", "unit", "--steps", 1, "--out", "made")
    assert run("render", "mixed2:3", *words).stdout.startswith("1 picture in ")
    assert run("render", "mixed2:3", "mixed2:4", *words).stdout.startswith("2 pictures in ")


def test_a_sheet_has_a_row_a_layer(run, model, tmp_path):
    words = ("--layer", "conv1", "--layer", "mixed2", "--units", "0-2,5", "--negative")
    result = run("sheet", *words, "--model", model, *UNIT, "--out", "made")
    assert result.exit_code == 0, result.output
    names = {p.stem for p in (tmp_path / "made").glob("*.png")}
    assert {"conv1-0", "minus-conv1-0", "mixed2-5", "minus-mixed2-2", "picture"} <= names
    assert len(names) == 17
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["units"][4] == ["mixed2", 0] and len(facts["objectives_reached"]) == 16


def test_channels_are_chosen_evenly(run, model, tmp_path):
    run("sheet", "--layer", "mixed2", "--count", 3, "--model", model, *UNIT, "--out", "made")
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert [unit for _, unit in facts["units"]] == [0, 6, 11]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("render",), "OBJECTIVE"),
        (("render", "mixed9:3"), "mixed2"),
        (("render", "mixed2:12"), "no unit 12"),
        (("render", "mixed2:3", "--rule", "guidde"), "guided"),
        (("render", "mixed2:3", "--transforms", "standart"), "standard"),
        (("render", "mixed2:3", "--image", "furier"), "fourier"),
        (("render", "mixed2:3 +"), "cannot be read at its end"),
        (("render", "mixed2:3", "--steps", 0), "steps"),
        (("render", "mixed2:3", "--rate", "nan"), "rate"),
        (("render", "mixed2:3", "--rate", 0), "rate"),
        (("render", "mixed2:3", "--patience", 0), "patience"),
        (("render", "mixed2:3", "--run", "it.png"), ".npz"),
        (("render", "mixed2:3@9999,0"), "9999"),
        (("render", "mixed2:-1"), "mixed2"),
        (("render", "logit:vsae"), "no labels"),
        (("sheet",), "--layer"),
        (("sheet", "--layer", "mixed3"), "mixed2"),
        (("sheet", "--layer", "mixed2", "--units", "3-1"), "range"),
        (("sheet", "--layer", "mixed2", "--units", "a"), "list of channels"),
        (("sheet", "--layer", "mixed2", "--units", "99"), "no unit 99"),
    ],
)
def test_wrong_words_are_answered_with_the_cure(refused, model, words, said):
    given = () if words in (("render",), ("sheet",)) else ("--model", model, "--preprocess", "unit")
    assert said in refused(*words, *given)


def test_a_folder_of_somebody_else_is_not_touched(refused, model, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    words = ("render", "mixed2:3", "--model", model, *UNIT, "--out", "mine")
    assert "mine" in refused(*words)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
