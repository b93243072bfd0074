"""Methods side by side."""

from __future__ import annotations

import numpy as np
import pytest

import attrvis
from attrvis import images
from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import compare_methods

NAMES = ["saliency", "integrated-gradients", "grad-cam"]


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


def test_each_map_is_the_methods_own(net):
    given = {"integrated-gradients": {"steps": 4}}
    plate = compare_methods(net, images.bundled(), NAMES, target="espresso", settings=given)
    assert list(plate.parts) == ["photo", *NAMES] and plate.facts["target"] == "espresso"
    for name in NAMES:
        mine = attrvis.attribute(
            net, images.bundled(), name, target="espresso", **given.get(name, {})
        )
        np.testing.assert_array_equal(plate.values[name], mine.heatmap()[0])
        row = plate.facts["methods"][name]
        assert (row["gradients"], row["layer"]) == (mine.evaluations, mine.layer)
    assert plate.facts["methods"]["integrated-gradients"]["relative_gap"] > 0
    assert plate.facts["methods"]["grad-cam"]["relative_gap"] is None
    assert plate.facts["methods"]["integrated-gradients"]["notes"][0].endswith("steps.")


def test_a_map_of_one_sign_has_all_the_colours(net):
    """The scores behind all masks are alike; what differs between them is what is drawn."""
    few = {"rise": {"masks": 60}}
    plate = compare_methods(net, images.bundled(), ["rise"], target="espresso", settings=few)
    colours = plate.facts["methods"]["rise"]["colours"]
    low, high = np.quantile(plate.values["rise"], [0.005, 0.995])
    np.testing.assert_allclose([colours["from"], colours["to"]], [low, high], rtol=1e-5)
    assert 0 < colours["from"] == colours["white"]
    redness = plate.parts["rise"][..., 0] - plate.parts["rise"][..., 2]
    assert redness.min() < 0.05 and redness.max() > 0.2


def test_what_cannot_be_is_told_and_the_rest_goes_on(net):
    plate = compare_methods(net, images.bundled(), NAMES, layer="logits", target=3)
    assert list(plate.parts) == ["photo", "saliency", "integrated-gradients"]
    # Of what has no positions the numbers themselves are drawn.
    assert plate.parts["saliency"].shape[:2] == plate.values["saliency"].shape == (1, 120)
    assert "grad-cam" in plate.facts["failed"]


def test_ctrl_c_keeps_what_is_done(net):
    def stop(stage, step, total, values):
        if step == 2:
            raise KeyboardInterrupt

    plate = compare_methods(net, images.bundled(), NAMES, progress=stop)
    assert plate.status == "interrupted" and list(plate.parts) == ["photo", *NAMES[:2]]


def test_what_is_refused(net):
    with pytest.raises(BadValue, match="each named once"):
        compare_methods(net, images.bundled(), [])
    with pytest.raises(UnknownName, match="saliency"):
        compare_methods(net, images.bundled(), ["salience"])
    with pytest.raises(UnknownName, match="'salience'"):
        compare_methods(net, images.bundled(), "salience")
    with pytest.raises(BadValue, match="not compared"):
        compare_methods(net, images.bundled(), NAMES, settings={"score-cam": {}})
    with pytest.raises(BadValue, match=r"the first said: .*mixed9"):
        compare_methods(net, images.bundled(), NAMES, layer="mixed9")
