"""`attrvis explain` and `attrvis demo` from start to files, with few steps."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from attrvis.cli.app import attrvis

FEW = ("--baseline-steps", 60, "--points", 8, "--render-steps", 4)
FILES = {
    "attribution.npz",
    "baseline.npz",
    "explanation.json",
    "heatmap.png",
    "index.html",
    "mask.png",
    "overlay.png",
    "picture.png",
    "picture_rgba.png",
    "sheet.png",
}


@pytest.fixture(scope="module")
def words(model, labels, photo):
    loading = ("--model", model, "--preprocess", "unit", "--labels", labels)
    return [str(word) for word in ("explain", photo, *loading, *FEW)]


@pytest.fixture(scope="module")
def first(words, tmp_path_factory):
    """Run it once, into a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("results") / "a result"
    extra = ("--target", "tabby", "--layer", "mixed2", "--out", str(folder))
    result = CliRunner().invoke(attrvis, [*words, *extra])
    assert result.exit_code == 0, result.output
    return folder, result.stdout


def test_everything_is_written_and_said(first):
    folder, said = first
    assert {path.name for path in folder.iterdir()} >= FILES
    assert said.splitlines()[0].startswith("tabby, tabby cat  class 1, logit ")
    assert "asked of mixed2, as asked" in said
    assert said.splitlines()[-1] == f"page     {folder}/index.html"
    assert "\x1b" not in said, "colours for a pipe"


def test_a_second_run_from_the_saved_baseline_as_json(first, run, words, tmp_path):
    folder, _ = first
    before = json.loads((folder / "explanation.json").read_text())
    extra = ("--target", "tabby", "--layer", "mixed2", "--seed", 5, "--json")
    result = run(*words, *extra, "--baseline", f"file:{folder / 'baseline.npz'}")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert list(document) == ["format", "version", "out", "explanation"]
    assert document["format"] == "attrvis.explain"
    assert [path.name for path in tmp_path.iterdir()] == [document["out"]] == ["attrvis-my photo"]
    found = document["explanation"]
    assert found["target"]["logit_baseline"] == before["target"]["logit_baseline"]
    assert (found["seed"], found["layer"], found["settings"]["points"]) == (5, "mixed2", 8)
    wanted = {"network", "target", "completeness", "mask", "steps", "seconds", "version"}
    assert wanted <= set(found)


def test_options_reach_the_work_and_a_former_result_is_replaced(run, words, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "explanation.json").write_text("{}")
    (tmp_path / "here" / "old.png").write_text("of before")
    settings = ("--fit", "pad", "--baseline", "zero", "--precision", "bfloat16")
    extra = ("--groups", 2, "--background", "constant", "--target", 3, "--out", "here")
    result = run(*words, *settings, *extra)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "here" / "explanation.json").read_text())
    assert found["target"]["index"] == 3
    assert [found["settings"][name] for name in ("fit", "baseline", "precision")] == [
        "pad",
        "zero",
        "bfloat16",
    ]
    assert "Constant" in found["settings"]["background"]
    assert (tmp_path / "here" / "group-1.png").exists()
    assert not (tmp_path / "here" / "old.png").exists()


def test_help_names_every_background_and_baseline(run):
    from attrvis.attribution.baselines import TABLE as BASELINES
    from attrvis.param import BACKGROUNDS

    text = " ".join(run("explain", "--help").stdout.split()).replace("- ", "-")
    # The main job compares with one baseline, not with several.
    alone = {row.name for row in BASELINES if row.family != "several"}
    names = {*BACKGROUNDS.names, *alone}
    assert {name for name in names if name not in text} == set()


def test_demo(run, tmp_path):
    result = run("demo", *FEW)
    assert result.exit_code == 0, result.output
    assert [path.name for path in tmp_path.iterdir()] == ["attrvis-demo"]
    assert "attrvis-demo/index.html" in result.stdout


def test_the_page_says_how_to_make_it_again(monkeypatch):
    from attrvis.cli import job

    words = [
        "attrvis",
        "explain",
        "a b.jpg",
        "--out",
        "x",
        "--json",
        "--out=y",
        "-o",
        "z",
        "--seed",
        "3",
    ]
    monkeypatch.setattr("sys.argv", words)
    assert job._command() == "attrvis explain 'a b.jpg' --seed 3"
    monkeypatch.setattr("sys.argv", ["pytest", "-q"])
    assert job._command() == ""
