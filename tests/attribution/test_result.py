"""The result: its sums and gaps, and the way to a file and back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from attrvis import arrays
from attrvis.attribution import Attribution, AumannShapley
from attrvis.attribution.baselines import Constant
from attrvis.errors import AttrVisError, OutputError


def result(values, change):
    values = np.asarray(values, np.float32)
    return Attribution(values, "logit:1", "layer", np.zeros_like(values), np.asarray(change), "m")


MAPS = np.arange(24, dtype=np.float32).reshape(2, 2, 3, 2)


def test_sums_by_place_and_by_channel():
    made = result(MAPS, [0, 0])
    np.testing.assert_array_equal(made.heatmap(), MAPS.sum(3))
    np.testing.assert_array_equal(made.channels(), MAPS.sum((1, 2)))
    flat = result([[1, -2, 3]], [0])
    np.testing.assert_array_equal(flat.heatmap(), [[[1, -2, 3]]])
    np.testing.assert_array_equal(flat.channels(), [[1, -2, 3]])


def test_gaps():
    made = result([[1, 2], [3, -1], [0, 1e-6]], [2.0, 2.0, 0.0])
    np.testing.assert_allclose(made.gap, [1, 0, 1e-6], atol=1e-9)
    np.testing.assert_allclose(made.relative_gap, [0.5, 0, 1e-3], rtol=1e-5)


def test_saving_and_loading(twig, photos, tmp_path):
    method = AumannShapley(points=3, baseline=Constant(0.1), tolerance=9)
    made = method(twig, photos, layer="stem", target=[0, 1, 2], seed=5)
    made.save(tmp_path / "a.npz")
    found = Attribution.load(tmp_path / "a.npz")
    for name in ("values", "baseline", "change", "gap"):
        np.testing.assert_array_equal(getattr(found, name), getattr(made, name))
    for name in ("target", "layer", "method", "seed", "evaluations", "status"):
        assert getattr(found, name) == getattr(made, name)
    assert found.settings == json.loads(json.dumps(made.settings))
    assert found.settings["points"] == 3 and found.settings["baseline"] == "constant"
    first = (tmp_path / "a.npz").read_bytes()
    made.save(tmp_path / "a.npz")
    assert (tmp_path / "a.npz").read_bytes() == first


def test_seeds_of_numpy_are_saved(twig, photos, tmp_path):
    method = AumannShapley(points=1, baseline=Constant(0.1), tolerance=9)
    made = method(twig, photos, layer="stem", target=np.int64(2), seed=np.int64(5))
    made.save(tmp_path / "a.npz")
    assert Attribution.load(tmp_path / "a.npz").seed == 5


def test_bad_files(tmp_path):
    with pytest.raises(AttrVisError, match=r"gone\.npz"):
        Attribution.load(tmp_path / "gone.npz")
    arrays.save(tmp_path / "b.npz", {}, kind="baseline")
    with pytest.raises(AttrVisError, match="'baseline'"):
        Attribution.load(tmp_path / "b.npz")
    arrays.save(tmp_path / "c.npz", {"values": MAPS}, kind="attribution")
    with pytest.raises(AttrVisError):
        Attribution.load(tmp_path / "c.npz")
    with pytest.raises(OutputError):
        result([[1]], [1]).save(tmp_path / "none" / "a.npz")
