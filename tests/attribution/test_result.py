"""The result: its sums and gaps, and the way to a file and back."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pytest

from attrvis import arrays
from attrvis.attribution import Attribution, AumannShapley, Method, NoiseGrad, NoiseTunnel
from attrvis.attribution.baselines import Baseline, Constant
from attrvis.attribution.method import Found
from attrvis.errors import AttrVisError, AttrVisWarning, OutputError


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


def test_it_prints_in_one_line():
    made = replace(
        result(np.ones([400, 4, 4, 3]), np.full(400, 40.0)),
        targets=("vase", "vase", "tabby", "bee", "ant") * 80,
        seconds=1.25,
    )
    assert repr(made) == (
        "Attribution(400 of 4x4x3, vase, tabby, bee, ... at layer by m, gap 20.00%, ok, 1.2 s)"
    )
    assert repr(replace(made, change=None, targets=())) == (
        "Attribution(400 of 4x4x3, logit:1 at layer by m, ok, 1.2 s)"
    )
    baseline = Baseline(np.zeros([2, 4, 3]), "zero", "stem", *[np.zeros(2)] * 3)
    assert repr(baseline) == "Baseline(2 of 4x3 at stem, zero, ok)"


def test_a_blank_map_is_told(linear):
    """Values that all speak against the target leave a map that shows only what speaks for it."""

    @dataclass(frozen=True)
    class Against(Method):
        sign: float = -1.0
        name = "against"

        def attribute(self, scene):
            return Found(scene.values * self.sign, positive=True)

    images = np.ones([2, 4, 4, 3], np.float32)
    with pytest.warns(AttrVisWarning, match="blank: it shows only .* nothing does so for bee;"):
        found = Against()(linear, images, target="bee")
    assert found.status == "ok" and "ok, blank" in found._repr_html_()
    assert "colours to" not in found._repr_html_()
    for noisy in (NoiseTunnel(Against(), noise=0.0), NoiseGrad(Against(), weight_noise=0.0)):
        with pytest.warns(AttrVisWarning, match=r"blank: .* for bee; give it less noise, or look"):
            noisy(linear, images, target="bee")
    mixed = np.stack([images[0], -images[0]])
    with pytest.warns(AttrVisWarning, match="nothing does so for ant;"):
        Against()(linear, mixed, target=["ant", "cat"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "blank" not in Against(1.0)(linear, images, target="bee")._repr_html_()


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
