"""What every objective of the table keeps to, whatever it computes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives import OBJECTIVES, Objective
from attrvis.objectives.quoting import SCORES

RNG = np.random.default_rng(5)
B = 3


def draw(*shape):
    return RNG.normal(size=shape).astype(np.float32)


READINGS = {
    "x": draw(B, 4, 5, 6),
    "tokens": draw(B, 7, 6),
    "flat": draw(B, 6),
    "logits": draw(B, 6),
    "input": RNG.uniform(0.05, 0.95, (B, 8, 10, 3)).astype(np.float32),
    "alpha": RNG.uniform(0.05, 0.95, (B, 8, 10, 1)).astype(np.float32),
    "progress": np.float32(0.3),
}
SHAPES = {name: np.shape(v) for name, v in READINGS.items()}
RANKS = ("x", "tokens", "flat")
COUPLED = {"alignment", "diversity"}


def largest(readings):
    return tf.reduce_max(tf.square(readings["x"]), axis=[1, 2, 3])


def positive(*shape):
    return np.abs(draw(*shape)) + 0.1


# Each row: how it is made from a seed, so that two seeds differ in numbers alone, with `many` for
# one number an image. The layers are tried one by one.
def arguments(name, layer, seed, many):
    size = SHAPES[layer][1:] if layer else ()
    lead = (B,) if many else ()
    unit = [seed, seed + 2, 1] if many else seed
    vector = positive(*lead, 6) * (seed + 1)
    entries = B if many else 1
    reference = positive(entries, *size) * (seed + 1)
    y = 0 if layer == "flat" else [seed, 1, 0] if many else seed
    x = 0 if layer != "x" else [0, seed, 1] if many else seed
    number = [1.0 + seed, 2.0 + seed, 3.0] if many else 1.0 + seed
    area = [0.1, 0.2, 0.1 * (seed + 1)] if many else 0.1 * (seed + 1)
    return {
        "channel": (layer, unit),
        "neuron": (layer, unit, y, x),
        "layer": (layer,),
        "logit": (unit, SCORES[4]),
        "direction": (layer, vector, number),
        "direction_at": (layer, vector, y, x, number),
        "random_direction": (layer, unit, number),
        "direction_map": (layer, positive(*lead, 1, 1, 6), number),
        "weighted_channels": (layer, vector),
        "weighted_neuron": (layer, vector, y, x),
        "local_group": (layer, y, x, 1, 1, vector),
        "weighted": (layer, positive(*lead, *size)),
        "neuron_attribution": (layer, positive(*lead, *size), [0, 1]),
        "channel_attribution": (layer, positive(*lead, *size), [0, 1]),
        "caricature": (layer, reference, number),
        "inversion": (layer, reference),
        "activation_l2": (layer, reference),
        "content": (layer, reference),
        "style": (layer, reference),
        "input_difference": (positive(entries, *size), layer),
        "channel_interpolation": (layer, seed, layer, seed + 1, B),
        "alignment": (layer, number),
        "diversity": (layer,),
        "total_variation": (layer,),
        "l1": (layer, number),
        "l2": (layer, number),
        "spectral": (layer, number),
        "blur_each_step": (layer,),
        "boundary_complexity": ([1, 2, 0] if many else seed + 1, None, number, layer),
        "mask_area": (area,),
        "mask_sparsity": (),
        "mask_haze": (),
        "ramp": (0.5, area),
        "constant": (np.asarray(number),),
        "custom": (largest, "x"),
    }[name]


OWN = [row.name for row in OBJECTIVES if row.target.startswith("attrvis.")]
WITHOUT_LAYER = {"logit", "mask_area", "mask_sparsity", "mask_haze", "ramp", "constant", "custom"}
CASES = [(name, layer) for name in OWN for layer in ((None,) if name in WITHOUT_LAYER else RANKS)]
# Weights [T, C] cannot be told from [B, C], unless one says so.
ALONE = [
    (name, layer)
    for name, layer in CASES
    if not (layer == "tokens" and name in ("weighted", "neuron_attribution", "channel_attribution"))
]
ids = "-".join


def named(case):
    return "-".join(filter(None, case))


@pytest.fixture(params=ALONE, ids=named)
def case(request):
    return request.param


def make(case, seed=1, many=False):
    return OBJECTIVES[case[0]](*arguments(*case, seed, many))


def value(objective, readings=READINGS, count=B):
    found = objective({n: tf.convert_to_tensor(v) for n, v in readings.items()})
    assert found.dtype == tf.float32
    assert found.shape.rank == 1 or not {"x", *READINGS} - {"progress"} & set(objective.layers)
    return np.broadcast_to(found, (count,))


def only(i):
    return {n: v[i : i + 1] if np.ndim(v) else v for n, v in READINGS.items()}


def test_every_row_is_tried():
    for name in OWN:
        arguments(name, "x", 1, False)
    assert len(OWN) == 35


def test_it_gives_one_finite_number_an_image(case):
    for many in (False, True):
        made = make(case, many=many)
        assert isinstance(made, Objective) and np.isfinite(value(made)).all()


def test_an_image_does_not_see_its_neighbours(case):
    for many in (False, True):
        made = make(case, many=many)
        whole = value(made)
        parts = []
        for i in range(B):
            rows = made.rows(tf.constant([i]), [tf.constant(p) for p in made.parameters])
            alone = made.with_parameters([r.numpy() for r in rows])
            parts.append(value(alone, only(i), 1)[0])
        if case[0] in COUPLED:
            assert np.abs(np.array(parts)).max() == 0 < np.abs(whole).max()
        else:
            np.testing.assert_allclose(parts, whole, rtol=2e-5, atol=1e-6)


def test_numbers_for_each_image_are_those_of_each_image(case):
    made, several = make(case), make(case, many=True)
    ranks = list(zip(several.parameters, several.ranks, strict=True))
    for p, rank in ranks:
        assert p.ndim in (rank, rank + 1)
    assert made.ranks == several.ranks


def test_gradients_are_finite_also_at_nothing(case):
    for readings in (READINGS, {n: np.zeros_like(v) for n, v in READINGS.items()}):
        made = make(case)
        given = {n: tf.convert_to_tensor(readings[n]) for n in made.layers}
        with tf.GradientTape() as tape:
            tape.watch(given)
            total = tf.reduce_sum(made(given))
        for slope in tape.gradient(total, given).values():
            assert slope is None or np.isfinite(slope).all()
        assert np.isfinite(total)


def test_it_pulls_at_what_it_reads(case):
    made = make(case)
    given = {n: tf.convert_to_tensor(READINGS[n]) for n in made.layers if n != "progress"}
    with tf.GradientTape() as tape:
        tape.watch(given)
        total = tf.reduce_sum(made({**READINGS, **given}))
    slopes = tape.gradient(total, given)
    # A mean squared difference to the middle of one position's blur has none there.
    still = case in {("blur_each_step", "flat"), ("total_variation", "flat"), ("spectral", "flat")}
    for name, slope in slopes.items():
        assert still or (slope is not None and np.abs(slope).max() > 0), name


@pytest.mark.parametrize("many", [False, True])
def test_one_trace_serves_other_numbers(case, many):
    first, second = make(case, 1, many), make(case, 2, many)
    assert first.structure == second.structure and hash(first.structure) == hash(second.structure)
    assert str(first)
    traces = []

    @tf.function(autograph=False)
    def compiled(readings, parameters):
        traces.append(1)
        return first.with_parameters(parameters)(readings)

    readings = {n: tf.constant(v) for n, v in READINGS.items()}
    for made in (first, second):
        found = compiled(readings, [tf.constant(p) for p in made.parameters])
        np.testing.assert_allclose(np.broadcast_to(found, (B,)), value(made), rtol=1e-4, atol=1e-5)
    assert len(traces) == 1
    differs = any(
        not np.array_equal(p, q) for p, q in zip(first.parameters, second.parameters, strict=True)
    )
    assert differs or not first.parameters or case[0] == "custom"


def test_a_batch_of_unknown_size_can_be_traced(case):
    made = make(case)
    spec = {
        n: tf.TensorSpec([None, *np.shape(v)[1:]] if np.ndim(v) else [], tf.float32)
        for n, v in READINGS.items()
        if n in made.layers
    }
    traced = tf.function(lambda r: made(r), input_signature=[spec], autograph=False)
    found = traced({n: tf.constant(READINGS[n]) for n in made.layers})
    np.testing.assert_allclose(np.broadcast_to(found, (B,)), value(made), rtol=1e-4, atol=1e-5)


def test_numbers_for_another_count_of_images_are_refused(case):
    made = make(case, many=True)
    batched = any(p.ndim > r for p, r in zip(made.parameters, made.ranks, strict=True))
    if batched and set(made.layers) - {"progress"}:
        short = {n: v[:2] if np.ndim(v) else v for n, v in READINGS.items()}
        with pytest.raises(BadValue, match=r"for 3 images \(.*\), but there are 2"):
            made(short)


def test_penalties_are_not_negative():
    for row in OBJECTIVES:
        if "penalty" in row.family and row.name not in COUPLED:
            for layer in (None,) if row.name in WITHOUT_LAYER else RANKS:
                assert (value(make((row.name, layer))) >= 0).all()


@pytest.mark.parametrize("row", list(OBJECTIVES), ids=lambda row: row.name)
def test_rows_name_their_source_and_their_sign(row):
    made = row.load()
    assert made.__name__ == row.name and made.__doc__ and row.family
    if "penalty" in row.family:
        assert re.search(r"is a penalty: subtract\s+it", made.__doc__)
    keys = (Path(__file__).parents[2] / "docs" / "refs.bib").read_text(encoding="utf-8")
    assert not row.cite or f"{{{row.cite}," in keys
    import attrvis.objectives as room

    assert row.name in room.__all__ and getattr(room, row.name) is made
