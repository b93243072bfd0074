"""What objectives refuse, and that they say what was wrong: the layer, the shapes, the cure."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis import objectives as ob
from attrvis.errors import BadValue

X = np.random.default_rng(0).normal(size=(2, 4, 5, 6)).astype(np.float32)
READ = {"x": X, "flat": X[:, 0, 0], "deep": X[:, None], "input": X[..., :3]}
NAN, ONES = np.full(6, np.nan), np.ones(6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ob.direction("x", np.zeros(6)), "must not be all zero"),
        (lambda: ob.direction("x", [[1.0, 2.0], [0.0, 0.0]]), "must not be all zero"),
        (lambda: ob.direction("x", NAN), "must be finite"),
        (lambda: ob.direction("x", "text"), "numbers along 1 axes"),
        (lambda: ob.direction("x", []), "numbers along 1 axes"),
        (lambda: ob.direction("x", np.ones((2, 3, 6))), "numbers along 1 axes"),
        (lambda: ob.direction("x", ONES, power=-1), "power must be finite and at least 0"),
        (lambda: ob.direction("x", ONES, power=None), "power must be one number"),
        (lambda: ob.direction("x", ONES, floor=0), "floor is above 0"),
        (lambda: ob.direction("x", ONES, floor=1.5), "floor is above 0"),
        (lambda: ob.direction_at("x", ONES, y=-2), "position counts from 0"),
        (lambda: ob.direction_at("x", ONES, y=0.5), "position counts from 0"),
        (lambda: ob.direction_map("x", np.ones((5, 6))), "numbers along 3 axes"),
        (lambda: ob.weighted_channels("x", np.zeros(6)), "must not be all zero"),
        (lambda: ob.local_group("x", 0, 0, 0, 1), "at least one row"),
        (lambda: ob.local_group("x", 0, 0, 1, 1.5), "at least one row"),
        (lambda: ob.local_group("x", 0, 0, 1, 1, NAN), "must be finite"),
        (lambda: ob.caricature("x", np.zeros((1, 4, 5, 6))), "must not be all zero"),
        (lambda: ob.caricature("x", ONES), "batch axis"),
        (lambda: ob.inversion("x", 0 * X), "must not be all zero"),
        (lambda: ob.activation_l2("x", X * np.nan), "must be finite"),
        (lambda: ob.content("x", [["a"]]), "batch axis"),
        (lambda: ob.input_difference(3.0), "batch axis.*not 3.0"),
        (lambda: ob.style("x"), "either a reference"),
        (lambda: ob.style("x", X, grams=np.ones((1, 6, 6))), "either a reference"),
        (lambda: ob.style("x", grams=np.ones((1, 5, 6))), "square"),
        (lambda: ob.style("x", grams=np.ones((6, 6))), "square"),
        (lambda: ob.style("x", X, running=np.ones((1, 5, 5))), "of 5 channels"),
        (lambda: ob.style("x", X, running=np.ones((1, 6, 6)), decay=1.0), "decay is from 0"),
        (lambda: ob.channel_interpolation("x", 0, "x", 1, 1), "at least 2 steps"),
        (lambda: ob.channel_interpolation("x", -1, "x", 1), "whole number from 0"),
        (lambda: ob.alignment("x", 0.5), "at least 1"),
        (lambda: ob.l1(constant=np.inf), "must be finite"),
        (lambda: ob.l2(eps=0.0), "above 0"),
        (lambda: ob.spectral(power=-1), "at least 0"),
        (lambda: ob.blur_each_step(size=4), "odd number"),
        (lambda: ob.blur_each_step(size=1), "odd number"),
        (lambda: ob.boundary_complexity(-1), "at least 0"),
        (lambda: ob.boundary_complexity(mask=ONES), "numbers along 2 axes"),
        (lambda: ob.neuron_attribution("x", X[0], [6]), "go from 0 to 5"),
        (lambda: ob.neuron_attribution("x", X[0], [-1]), "go from 0 to 5"),
        (lambda: ob.neuron_attribution("x", X[0], []), "go from 0 to 5"),
        (lambda: ob.neuron_attribution("x", NAN), "is finite"),
        (lambda: ob.channel_attribution("x", 0 * X[0]), "all zero"),
        (lambda: ob.channel_attribution("x", abs(X[0]), None, -abs(X[0])), "scores nothing"),
        (lambda: ob.channel_attribution("x", X[0], None, X[0, 0]), "the attribution \\(4, 5, 6\\)"),
        (lambda: ob.weighted("x", ONES, batched=True), "no axis over images"),
    ],
)
def test_it_is_refused_when_it_is_made(make, message):
    with pytest.raises(BadValue, match=message):
        make()


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (ob.direction("x", np.ones(5)), r"\(5,\), but 'x' has \(2, 4, 5, 6\)"),
        (ob.direction_at("x", np.ones(5)), "direction has shape"),
        (ob.direction_at("x", ONES, 4), "no row 4 here"),
        (ob.direction_map("x", np.ones((5, 5, 6))), "5x5 positions, but 'x' gives 4x5"),
        (ob.direction_map("x", np.ones((2, 2, 5))), r"but 'x' has \(2, 2, 2, 6\)"),
        (ob.weighted_channels("x", np.ones(7)), r"\(7,\), but 'x' has \(2, 4, 5, 6\)"),
        (ob.local_group("x", 3, 0, 2, 1), r"ends at 5 rows, but 'x' has 4"),
        (ob.local_group("x", None, None, 1, 6), r"ends at 6 columns, but 'x' has 5"),
        (ob.local_group("x", 0, 0, 1, 1, np.ones(5)), "weights of a group"),
        (ob.caricature("x", X[:, :3]), r"\(3, 5, 6\), but 'x' has \(2, 4, 5, 6\)"),
        (ob.caricature("x", X[:1, 0, 0]), r"\(6,\), but 'x'"),
        (ob.content("flat", X), r"\(4, 5, 6\), but 'flat' has \(2, 6\)"),
        (ob.content("x", X[:1, :, 0, 0]), r"\(4,\), but 'x' has"),
        (ob.activation_l2("x", X[0]), r"4 images \(of shape \(4, 5, 6\)\), but there are 2"),
        (ob.input_difference(X), r"\(4, 5, 6\), but 'input' has \(2, 4, 5, 3\)"),
        (ob.style("x", np.ones((1, 3, 5))), "Gram matrix's row"),
        (ob.boundary_complexity(mask=np.ones((4, 4))), r"\(4, 4\), but 'input'"),
        (ob.total_variation("deep"), r"'deep' has shape \(2, 1, 4, 5, 6\).*maps"),
        (ob.spectral("deep"), "maps"),
        (ob.caricature("x", np.concatenate([X, X])), r"4 images .*, but there are 2"),
    ],
)
def test_it_is_refused_when_it_meets_the_layer(objective, message):
    with pytest.raises(BadValue, match=message):
        objective(READ)


def test_what_is_not_finite_outside_a_window_stays_outside():
    holed = X.copy()
    holed[:, 0, 0] = np.inf
    assert np.isfinite(ob.local_group("x", 1, 1, 2, 2, ONES)({"x": holed})).all()
