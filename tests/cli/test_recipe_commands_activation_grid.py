"""`attrvis activation-grid`."""

from __future__ import annotations

import json

import numpy as np
import pytest

UNIT = ("--preprocess", "unit", "--steps", 2, "--pixels", 16)


def test_its_parts_and_facts(run, model, photo, tmp_path):
    words = ("activation-grid", photo, "--layer", "mixed2", "--groups", 2, "--cells", 4, "--sized")
    result = run(*words, "--fit", "stretch", "--model", model, *UNIT, "--out", "made")
    assert result.exit_code == 0, result.output
    names = {p.stem for p in (tmp_path / "made").glob("*.png")}
    assert names == {"photo", "grid", "strength", "picture"}
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert (facts["recipe"], facts["places"], facts["sized"]) == ("activation-grid", [4, 4], True)
    assert facts["groups"] == 2
    with np.load(tmp_path / "made" / "values.npz") as values:
        assert values["rgba"].shape == (4, 4, 16, 16, 4)


@pytest.mark.parametrize(("layer", "says"), [("mixd2", "mixed2"), ("scores", "no positions")])
def test_wrong_layers(refused, model, photo, layer, says):
    words = ("activation-grid", photo, "--layer", layer, "--model", model, *UNIT)
    assert says in refused(*words)


def test_a_photo_that_is_not_there(refused, model):
    words = ("activation-grid", "none.jpg", "--layer", "mixed2", "--model", model, *UNIT)
    assert "none.jpg" in refused(*words)
