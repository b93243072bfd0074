"""Sheets of channels."""

from __future__ import annotations

import json

import numpy as np
import pytest

import attrvis
from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import Plate, channel_sheet


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


def test_each_picture_excites_its_channel_and_its_negative_silences_it(net):
    units = [3, 40, 90]
    plate = channel_sheet(net, "mixed4a", units, negative=True, steps=24, size=32)
    reached = np.array(plate.facts["objectives_reached"])
    assert plate.values["rgba"].shape == (6, 32, 32, 4)
    grey = net.trunk(["mixed4a"], (32, 32))(np.full((1, 32, 32, 3), 0.5, np.float32))
    rest = grey["mixed4a"].numpy().mean((0, 1, 2))[units]
    assert (reached[:3] > rest + 0.1).all() and (-reached[3:] <= rest + 1e-3).all()


def test_saving(net, tmp_path):
    plate = channel_sheet(net, ["conv1", "mixed3a"], count=2, steps=2, size=32)
    plate.save(tmp_path / "made")
    facts = json.loads((tmp_path / "made" / "plate.json").read_text())
    assert facts["recipe"] == "sheet" and facts["layers"] == ["conv1", "mixed3a"]
    assert len(list((tmp_path / "made").glob("*.png"))) == 5
    plate.save(tmp_path / "made")  # a former plate is replaced
    shown = plate._repr_html_()
    assert shown.count("<img") == 1 and "sheet" in shown and "4 parts, ok" in shown
    assert isinstance(plate, Plate)


def test_wrong_layers_units_and_counts(net):
    with pytest.raises(UnknownName, match="mixed4a"):
        channel_sheet(net, "mixed4", [1], steps=1)
    with pytest.raises(BadValue, match="no unit"):
        channel_sheet(net, "mixed4a", [99999], steps=1)
    for wrong in ({"count": 0}, {"units": []}):
        with pytest.raises(BadValue, match="one channel"):
            channel_sheet(net, "mixed4a", steps=1, **wrong)
    with pytest.raises(BadValue, match="one layer"):
        channel_sheet(net, [], steps=1)
