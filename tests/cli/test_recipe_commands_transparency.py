"""`attrvis transparency`."""

from __future__ import annotations

import json

import pytest

UNIT = ("--preprocess", "unit", "--steps", 2)


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_its_parts_and_facts(run, model, tmp_path):
    words = ("transparency", "mixed2:3", "logit:2", "--sparsity", 1, "--anywhere")
    result = run(*words, "--model", model, *UNIT, "--out", "made")
    assert result.exit_code == 0, result.output
    names = {p.stem for p in (tmp_path / "made").glob("*.png")}
    assert names == {"cutout-0", "cutout-1"} | {"picture"}
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["recipe"] == "transparency" and facts["settings"]["steps"] == 2
    assert (facts["sparsity"], facts["centred"]) == (1, False)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("transparency", "mixed2:99"), "unit 99"),
        (("transparency", "mixd2:1"), "mixed2"),
    ],
)
def test_wrong_words(refused, model, words, says):
    assert says in refused(*words, "--model", model, *UNIT)
