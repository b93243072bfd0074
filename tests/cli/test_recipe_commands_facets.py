"""`attrvis facets`."""

from __future__ import annotations

import json

import pytest

UNIT = ("--preprocess", "unit", "--steps", 2)


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_its_parts_and_facts(run, model, tmp_path):
    words = (
        "facets",
        "mixed2:3",
        "--count",
        2,
        "--strength",
        0.5,
        "--negative",
        "--layer",
        "conv1",
    )
    result = run(*words, "--model", model, *UNIT, "--out", "made")
    assert result.exit_code == 0, result.output
    names = {p.stem for p in (tmp_path / "made").glob("*.png")}
    assert names == {"facet-0", "facet-1", "minus-facet-0", "minus-facet-1"} | {"picture"}
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["recipe"] == "facets" and facts["settings"]["steps"] == 2
    assert facts["strength"] == 0.5 and facts["compared_at"] == "conv1"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("facets", "mixed2:99"), "unit 99"),
        (("facets", "mixd2:3"), "mixed2"),
        (("facets", "mixed2:3", "--layer", "convv1"), "conv1"),
    ],
)
def test_wrong_words(refused, model, words, says):
    assert says in refused(*words, "--model", model, *UNIT)
