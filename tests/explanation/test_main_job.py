"""The main job on the embedded network in a few steps: numbers, choices, and what it refuses."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images, seeds
from attrvis.attribution.baselines import Optimised, Zero
from attrvis.errors import AttrVisError, AttrVisWarning, BadValue, ImageError, UnknownName
from attrvis.explanation import facts
from tests import toys

QUICK = {"baseline_steps": 3, "points": 4, "render_steps": 3}


@pytest.fixture(scope="module")
def net():
    return attrvis.load()


@pytest.fixture(scope="module")
def photo():
    """Draw something with structure, of a size that is not the network's."""
    y, x = np.mgrid[:90, :120] / 90
    blob = np.exp(-((x - 0.6) ** 2 + (y - 0.5) ** 2) * 20)
    stripes = 0.5 + 0.5 * np.sin(40 * (x + y))
    picture = np.stack([blob, blob * stripes, 0.3 + 0.3 * y], axis=2)
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)


def quick(net, photo, *args, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        return attrvis.explain(net, photo, *args, **{**QUICK, **more})


@pytest.fixture(scope="module")
def made(net, photo):
    return quick(net, photo, seed=4)


def test_the_numbers_are_those_of_the_network(net, made, photo):
    """Item 8: what `explanation.json` holds, each checked by another way to it."""
    known, target = made.facts, made.facts["target"]
    fitted, _ = images.fit(images.read(photo), net.size, "crop")
    logits = net.run(fitted[None])["logits"].numpy()[0]
    assert target["index"] == logits.argmax() and target["label"] == net.label(target["index"])
    assert target["logit_photo"] == pytest.approx(logits.max(), abs=1e-4)
    layer = known["layer"]
    at_baseline = net.run(fitted[None], edit={layer: made.baseline.values})["logits"].numpy()[0]
    assert target["logit_baseline"] == pytest.approx(at_baseline[target["index"]], abs=1e-3)
    shown = images.read(images.to_uint8(images.composite(made.rendering.rgba[0], 0.55)))
    judged = net.run(shown[None])["logits"].numpy()[0]
    assert target["logit_picture"] == pytest.approx(judged[target["index"]], abs=1e-4)
    assert target["rank_picture"] == 1 + np.sum(judged > judged[target["index"]])
    change = target["logit_photo"] - target["logit_baseline"]
    gap = abs(made.attribution.values.sum(dtype=np.float64) - change)
    assert known["completeness"]["absolute"] == pytest.approx(gap, abs=1e-3)
    assert known["completeness"]["relative"] == pytest.approx(gap / abs(change), abs=1e-3)
    assert known["mask"]["area"] == pytest.approx(made.mask.mean(), abs=1e-6)
    assert known["steps"] == {"baseline": 3, "render": 3}
    assert set(known["seconds"]) == {"baseline", "attribution", "render", "total"}
    assert known["seconds"]["total"] >= known["seconds"]["render"] > 0
    assert (known["network"], known["seed"]) == ("embedded", 4)
    assert known["version"] == attrvis.__version__
    assert isinstance(known["settings"], dict) and known["settings"]["points"] >= 4
    json.dumps(known, allow_nan=False)


def test_the_pieces_have_their_shapes(net, made, photo):
    layer = net.layer(made.facts["layer"])
    assert made.heatmap.shape == layer.shape[1:3]
    assert made.attribution.values.shape == (1, *layer.shape[1:])
    assert made.picture.shape == (*net.size, 3) and made.mask.shape == net.size
    assert made.photo.shape == (*net.size, 3) and made.original.shape == (90, 120, 3)
    assert made.channels.ndim == 1 and made.groups == ()
    kept = made.attribution.values[0][..., made.channels]
    share = np.abs(kept).max((0, 1)).sum() / np.abs(made.attribution.values[0]).max((0, 1)).sum()
    assert share >= 0.95 * (1 - 1e-6)


def test_the_target_is_not_part_of_what_is_drawn(made):
    (drawn,) = made.rendering.settings["objectives"]
    assert "logit" not in drawn and made.facts["layer"] in drawn


def test_maps_return_to_the_photo(made):
    for name, shape in (("picture", (90, 120, 4)), ("mask", (90, 120)), ("heatmap", (90, 120))):
        assert made.in_photo(name).shape == shape
    with pytest.raises(UnknownName, match="'heatmap'"):
        made.in_photo("heatmpa")


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_fits(net, photo, fit):
    made = quick(net, photo, fit=fit, layer="mixed4a", baseline="zero")
    assert made.facts["settings"]["fit"] == fit and made.facts["frame"]["how"] == fit
    expected, frame = images.fit(images.read(photo), net.size, fit)
    np.testing.assert_array_equal(made.photo, expected)
    mask = made.in_photo("mask")
    np.testing.assert_allclose(mask, frame.to_photo(made.mask), atol=1e-6)
    assert mask.shape == (90, 120) and np.isfinite(mask).all()


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (7, 300)])
def test_photos_of_odd_sizes_and_one_colour(net, size):
    rng = np.random.default_rng(1)
    grey = rng.integers(0, 255, size).astype(np.uint8)
    made = quick(net, grey, layer="mixed4a", baseline="zero")
    assert made.picture.shape == (64, 64, 3) and np.isfinite(made.picture).all()
    assert made.in_photo("picture").shape == (*size, 4)
    json.dumps(made.facts, allow_nan=False)


def test_the_target_and_layer_are_taken_as_said(net, photo):
    label = net.label(7)
    for target in (7, label, label.upper(), np.int64(7), "7"):
        made = quick(net, photo, target, "mixed4a", baseline="zero", render_steps=1)
        assert made.facts["target"]["index"] == 7 and made.facts["target"]["label"] == label
        assert made.facts["layer"] == "mixed4a" and made.facts["layer_chosen"] == "as asked"


def test_groups_are_drawn_beside_the_whole(net, photo):
    made = quick(net, photo, groups=2, layer="mixed4a", baseline="zero")
    assert len(made.groups) == 2 and len(made.rendering.images) == 3
    every = np.concatenate(made.groups)
    assert len(set(every.tolist())) == len(every) and set(every) <= set(made.channels.tolist())
    alone = quick(net, photo, layer="mixed4a", baseline="zero")
    np.testing.assert_allclose(made.rendering.rgba[0], alone.rendering.rgba[0], atol=1e-4)


def test_the_same_seed_gives_the_same_bytes(net, photo, made):
    again = quick(net, photo, seed=4)
    assert again.rendering.rgba.tobytes() == made.rendering.rgba.tobytes()
    assert again.attribution.values.tobytes() == made.attribution.values.tobytes()
    steady = [{k: v for k, v in e.facts.items() if k != "seconds"} for e in (again, made)]
    assert json.dumps(steady[0]) == json.dumps(steady[1])
    other = quick(net, photo, seed=5)
    assert other.rendering.rgba.tobytes() != made.rendering.rgba.tobytes()


def test_in_half_precision_only_the_drawing_is(net, photo, made):
    half = quick(net.with_precision("bfloat16"), photo, seed=4)
    assert half.facts["settings"]["precision"] == "bfloat16"
    for name in ("logit_photo", "logit_baseline"):
        assert half.facts["target"][name] == pytest.approx(made.facts["target"][name], abs=1e-4)
    np.testing.assert_allclose(half.attribution.values, made.attribution.values, atol=1e-5)
    assert half.rendering.rgba.tobytes() != made.rendering.rgba.tobytes()


def test_baselines_by_word_and_made(net, photo):
    for baseline in ("zero", Zero()):
        made = quick(net, photo, layer="mixed4a", baseline=baseline, render_steps=1)
        assert made.baseline.kind == "zero" and not made.baseline.values.any()
        assert made.facts["steps"]["baseline"] == 0
    made = quick(net, photo, baseline=Optimised(masks="spatial"), render_steps=1)
    assert set(made.baseline.masks) == {"spatial"} and made.facts["steps"]["baseline"] == 3


def test_an_interrupt_while_drawing_keeps_a_whole(net, photo, tmp_path):
    def progress(stage, step, total, values):
        if stage == "render" and step == 2:
            raise KeyboardInterrupt

    made = quick(net, photo, render_steps=9, progress=progress)
    assert made.status == "interrupted" and made.facts["interrupted"] is True
    assert made.facts["steps"]["render"] == 2
    made.save(tmp_path / "out")
    assert attrvis.Explanation.load(tmp_path / "out").status == "interrupted"


def test_an_interrupt_before_the_first_step_keeps_a_whole(net, photo, monkeypatch):
    """The first step compiles, which takes longest: the likeliest moment of all."""

    def compile_step(*_):
        @tf.function(autograph=False)
        def step(*_):
            raise KeyboardInterrupt

        return step

    fresh = attrvis.load()
    monkeypatch.setattr("attrvis.rendering.run.optimise.compile_step", compile_step)
    made = quick(fresh, photo, baseline="zero", layer="mixed4a")
    assert made.status == "interrupted" and made.facts["steps"]["render"] == 0
    json.dumps(made.facts, allow_nan=False)


@pytest.mark.parametrize("stage", ["baseline", "attribution"])
def test_an_interrupt_before_drawing_ends_it(net, photo, stage):
    def progress(now, *_):
        if now == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quick(net, photo, progress=progress)


def test_progress_goes_through_the_stages(net, photo):
    stages = []
    quick(net, photo, progress=lambda stage, *_: stages.append(stage))
    assert list(dict.fromkeys(stages)) == ["baseline", "attribution", "render"]


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"target": "no such thing"}, UnknownName, "no label"),
        ({"target": 120}, BadValue, "no class 120"),
        ({"target": -1}, BadValue, "no class -1"),
        ({"layer": "mixd4a"}, UnknownName, "'mixed4a'"),
        ({"layer": "avgpool"}, BadValue, "without positions"),
        ({"background": "noise_pyramids"}, UnknownName, "'noise_pyramid'"),
        ({"baseline": "optimized"}, UnknownName, "'optimised'"),
        ({"baseline_steps": 0}, BadValue, "at least one step"),
        ({"points": 0}, BadValue, "takes 1 to"),
        ({"share": 0}, BadValue, "share"),
        ({"share": float("nan")}, BadValue, "share"),
        ({"area": 0}, BadValue, "area"),
        ({"area": 1.5}, BadValue, "area"),
        ({"lambda_area": 0}, BadValue, "weight"),
        ({"lambda_area": float("nan")}, BadValue, "weight"),
        ({"groups": 0}, BadValue, "groups"),
        ({"fit": "squeeze"}, BadValue, "stretch"),
        ({"render_steps": -1}, BadValue, "at least one step"),
        ({"render_steps": 0}, BadValue, "at least one step"),
        ({"lambda_area": float("inf")}, BadValue, "weight"),
    ],
)  # fmt: skip
def test_what_it_refuses(net, photo, more, error, said):
    with pytest.raises(error, match=said):
        quick(net, photo, **more)


def test_it_refuses_before_long_work(net, photo, monkeypatch):
    """A wrong word for the drawing must not be found after minutes of attribution."""
    worked = []
    monkeypatch.setattr(Optimised, "fit", lambda *a: worked.append(a) or 1 / 0)
    for more in ({"background": "nosie"}, {"points": 0}, {"render_steps": -1}, {"area": 0}):
        with pytest.raises(AttrVisError):
            quick(net, photo, **more)
    assert not worked


def test_a_photo_that_is_none(net, tmp_path):
    for photo in (tmp_path / "gone.jpg", np.zeros((0, 4, 3)), np.full((4, 4, 3), np.nan), None):
        with pytest.raises(ImageError):
            quick(net, photo)


def test_a_layer_that_does_not_feed_the_target(photo):
    def build(x):
        conv = tf.nn.relu(tf.nn.conv2d(x, tf.ones([3, 3, 3, 4]), 1, "SAME"), name="conv")
        tf.nn.relu(x, name="aside")
        return tf.identity(tf.matmul(tf.reduce_mean(conv, [1, 2]), tf.ones([4, 2])), name="scores")

    with pytest.raises(AttrVisError, match="'aside' does not feed"):
        quick(toys.network(build, 16, 16, logits="scores"), photo, layer="aside", baseline="zero")


def test_where_nothing_speaks_for_the_target_it_says_so(photo):
    def build(x):
        conv = tf.nn.relu(tf.nn.conv2d(x, tf.ones([3, 3, 3, 4]), 1, "SAME"), name="conv")
        return tf.identity(-tf.matmul(tf.reduce_mean(conv, [1, 2]), tf.ones([4, 2])), name="scores")

    net = toys.network(build, 16, 16, logits="scores")
    with pytest.raises(BadValue, match="Nothing at layer 'conv' speaks for the target"):
        quick(net, photo, layer="conv", baseline="zero")


def test_trust_is_what_the_numbers_say():
    known = {
        "target": {"logit_photo": 10.0, "logit_baseline": 0.4, "logit_picture": 11.0,
                   "rank_picture": 1},
        "completeness": {"absolute": 0.01, "relative": 0.001},
        "mask": {"area": 0.21, "target_area": 0.2},
        "settings": {"baseline": "optimised"},
    }  # fmt: skip
    assert all(row["ok"] for row in facts.trust(known))

    def failing(**changes):
        changed = {k: {**v, **changes.get(k, {})} for k, v in known.items()}
        return [i for i, row in enumerate(facts.trust(changed)) if not row["ok"]]

    assert failing(target={"logit_baseline": -0.6}) == [0]
    assert failing(completeness={"relative": 0.006}) == [1]
    assert failing(target={"logit_picture": 9.9}) == [2]
    assert failing(mask={"area": 0.24}) == [3] == failing(mask={"area": 0.16})


def test_every_seed_is_its_own(net, photo):
    """The same key starts each group, so that they differ by what they draw alone."""
    made = quick(net, photo, groups=2, layer="mixed4a", baseline="zero", seed=8)
    keys = seeds.image_keys([8, 8, 8])
    assert len({tuple(k) for k in keys.numpy().tolist()}) == 1
    assert made.facts["settings"]["seed"] == [8, 8, 8] and made.facts["seed"] == 8
