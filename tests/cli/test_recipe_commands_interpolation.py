"""`attrvis interpolation`."""

from __future__ import annotations

import json

import pytest

UNIT = ("--preprocess", "unit", "--steps", 2)


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_its_parts_and_facts(run, model, tmp_path):
    words = ("interpolation", "mixed2:3", "conv1:1", "--count", 3, "--strength", 5)
    result = run(*words, "--model", model, *UNIT, "--out", "made")
    assert result.exit_code == 0, result.output
    names = {p.stem for p in (tmp_path / "made").glob("*.png")}
    assert names == {"between-0", "between-1", "between-2"} | {"picture"}
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["recipe"] == "interpolation" and facts["settings"]["steps"] == 2
    assert (facts["strength"], facts["aligned"]) == (5, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("interpolation", "mixed2:3", "mixed2:99"), "unit 99"),
        (("interpolation", "mixd2:3", "mixed2:1"), "mixed2"),
    ],
)
def test_wrong_words(refused, model, words, says):
    assert says in refused(*words, "--model", model, *UNIT)
