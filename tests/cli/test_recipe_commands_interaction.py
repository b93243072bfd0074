"""`attrvis interaction`."""

from __future__ import annotations

import json

import pytest

UNIT = ("--preprocess", "unit", "--steps", 2)


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_its_parts_and_facts(run, model, tmp_path):
    words = ("interaction", "mixed2:3", "conv1:1", "--cells", 2, "--positive", "--apart")
    result = run(*words, "--model", model, *UNIT, "--out", "made")
    assert result.exit_code == 0, result.output
    names = {p.stem for p in (tmp_path / "made").glob("*.png")}
    assert names == {"0-0", "0-1", "1-0", "1-1"} | {"picture"}
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["recipe"] == "interaction" and facts["settings"]["steps"] == 2
    assert (facts["cells"], facts["low"], facts["aligned"]) == (2, 0, False)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("interaction", "mixed2:3", "mixed2:99"), "unit 99"),
        (("interaction", "mixd2:3", "mixed2:1"), "mixed2"),
    ],
)
def test_wrong_words(refused, model, words, says):
    assert says in refused(*words, "--model", model, *UNIT)
