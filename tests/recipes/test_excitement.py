"""Examples from a data set: the right photos, in little memory, shown as they should be."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from attrvis.errors import AttrVisWarning, BadValue, UnknownName
from attrvis.objectives import channel
from attrvis.recipes import dataset_examples
from tests.toys import network

QUICK = {"steps": 1, "fit": "stretch", "feature": False}


def coloured(images):
    """Give maps of a quarter of the size: red, green and red minus blue."""
    maps = tf.nn.avg_pool2d(images, 4, 4, "VALID")
    signed = maps[..., :1] - maps[..., 2:]
    maps = tf.concat([maps[..., :2], signed], -1, name="maps")
    tf.reduce_mean(maps, [1, 2], name="scores")


@pytest.fixture(scope="module")
def net():
    return network(coloured, 32, 32, logits="scores")


def dotted(red, y=1, x=2, blue=0.0):
    """Make a photo, grey but for one cell of 4 x 4 pixels."""
    photo = np.full((32, 32, 3), 0.1, np.float32)
    photo[4 * y : 4 * y + 4, 4 * x : 4 * x + 4] = (red, 0.1, blue)
    return photo


REDS = [0.3, 0.9, 0.5, 0.2, 0.8, 0.7, 0.4]


@pytest.mark.parametrize("size", [1, 3, 7, 32])
def test_the_strongest_and_the_weakest_whatever_the_batch(net, size):
    photos = (dotted(red) for red in REDS)
    plate = dataset_examples(net, photos, "maps:0", count=3, least=True, batch_size=size, **QUICK)
    (row,) = plate.facts["units"]
    assert [one["photo"] for one in row["most"]] == ["photo 1", "photo 4", "photo 5"]
    assert [one["value"] for one in row["most"]] == pytest.approx([0.9, 0.8, 0.7], abs=1e-4)
    assert [one["photo"] for one in row["least"]] == ["photo 3", "photo 0", "photo 6"]
    assert [one["place"] for one in row["most"]] == [[1, 2]] * 3
    assert plate.facts["photos"] == 7


def test_the_mean_ranks_otherwise_than_the_maximum(net):
    dot, even = dotted(0.9), np.full((32, 32, 3), 0.5, np.float32)
    for measure, first in (("max", "dot"), ("mean", "even")):
        plate = dataset_examples(
            net, {"dot": dot, "even": even}, "maps:0", count=1, measure=measure, **QUICK
        )
        assert plate.facts["units"][0]["most"][0]["photo"] == first


def test_a_long_stream_is_never_held(net):
    alive = []

    def stream():
        import gc
        import weakref

        for n in range(60):
            photo = dotted(0.2 + n / 100)
            alive.append(weakref.ref(photo))
            yield photo
            del photo
            if n % 20 == 19:
                gc.collect()
                assert sum(ref() is not None for ref in alive) <= 2

    plate = dataset_examples(net, stream(), "maps:0", count=2, batch_size=4, **QUICK)
    assert plate.facts["photos"] == 60
    assert [one["photo"] for one in plate.facts["units"][0]["most"]] == ["photo 59", "photo 58"]


def test_a_patch_is_what_the_unit_looked_at(net):
    plate = dataset_examples(net, [dotted(0.9, 5, 3), dotted(0.8, 0, 7)], "maps:0", **QUICK)
    for i, red in enumerate((0.9, 0.8)):
        part = plate.parts[f"maps-0-most-{i}"]
        assert part.shape == (8, 8, 3)  # the least; the cell itself is 4 x 4
        assert (part[..., 0] == np.float32(red)).sum() == 16


def test_a_map_lies_over_its_photo_and_a_photo_may_stay_as_it_is(net):
    photos = [dotted(0.9, 5, 3)]
    laid = dataset_examples(net, photos, "maps:0", view="map", **QUICK).parts["maps-0-most-0"]
    assert laid.shape == (32, 32, 3)
    redness = laid[..., 0] - laid[..., 2]
    assert redness[22, 14] > 0.2 and redness[2, 2] < 0.1
    whole = dataset_examples(net, photos, "maps:0", view="photo", **QUICK)
    assert np.array_equal(whole.parts["maps-0-most-0"], photos[0])
    assert whole.parts["maps-0-most-0"].base is None  # else it would keep its whole batch


def test_the_units_own_picture_is_beside_and_its_negative_only_where_there_is_one(net):
    plate = dataset_examples(
        net,
        [dotted(0.9, blue=0.1), dotted(0.1, blue=0.9)],
        [channel("maps", 0), "maps:2"],
        count=1,
        least=True,
        steps=80,
        fit="stretch",
        transforms="identity",
    )
    assert plate.facts["units"][1]["least"][0]["value"] == 0  # elsewhere it is grey
    assert "maps-2-least" not in plate.parts and "maps-0-least" not in plate.parts
    red = plate.parts["maps-0-most"][..., :3].mean((0, 1))
    assert red[0] > 0.55 and red[0] > red[1]
    blue = np.zeros((32, 32, 3), np.float32)
    blue[..., 2] = 0.8
    plate = dataset_examples(
        net, [blue], "maps:2", count=1, least=True, steps=40, fit="stretch", transforms="identity"
    )
    silenced = plate.parts["maps-2-least"][..., :3].mean((0, 1))
    assert plate.facts["units"][0]["least"][0]["value"] == pytest.approx(-0.8, abs=1e-4)
    assert silenced[2] > silenced[0] + 0.1


def test_a_unit_without_positions(net):
    plate = dataset_examples(net, [dotted(0.9), dotted(0.2)], "scores:0", count=1, **QUICK)
    assert plate.facts["units"][0]["most"][0]["place"] is None
    assert plate.parts["scores-0-most-0"].shape == (32, 32, 3)


def test_a_dataset_and_a_folder_say_the_same(net, tmp_path):
    photos = [(255 * dotted(red)).astype(np.uint8) for red in REDS]
    for n, photo in enumerate(photos):
        Image.fromarray(photo).save(tmp_path / f"{n}.png")
    dataset = tf.data.Dataset.from_tensor_slices((np.stack(photos), REDS)).batch(2)
    one, two = (
        dataset_examples(net, source, "maps:0", count=3, **QUICK).facts["units"][0]["most"]
        for source in (tmp_path, dataset)
    )
    assert [row["value"] for row in one] == [row["value"] for row in two]
    assert [row["photo"] for row in one] == ["1.png", "4.png", "5.png"]


def test_what_cannot_be_read_is_left_out_and_said(net, tmp_path):
    Image.fromarray((255 * dotted(0.9)).astype(np.uint8)).save(tmp_path / "good.png")
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    with pytest.warns(AttrVisWarning, match=r"1 photos cannot be read.*bad\.jpg"):
        plate = dataset_examples(net, tmp_path, "maps:0", **QUICK)
    assert plate.facts["photos"] == 1 and plate.facts["skipped"] == 1
    (tmp_path / "good.png").unlink()
    with pytest.warns(AttrVisWarning), pytest.raises(BadValue, match="no photo"):
        dataset_examples(net, tmp_path, "maps:0", **QUICK)


@pytest.mark.parametrize(
    ("units", "more", "said"),
    [
        ("maps:3", {}, "from 0 to 2"),
        ("maps", {}, "one channel"),
        ("maps:0@1,1", {}, "one channel"),
        ("maps:0 + maps:1", {}, "one channel"),
        ([], {}, "at least one channel"),
        ("maps:0", {"count": 0}, "at least 1"),
        ("maps:0", {"batch_size": 0}, "at least 1"),
        ("maps:0", {"view": "box"}, "'box'"),
        ("maps:0", {"measure": "sum"}, "'sum'"),
    ],
)
def test_wrong_units_and_settings(net, units, more, said):
    with pytest.raises(BadValue, match=said):
        dataset_examples(net, [dotted(0.5)], units, **{**QUICK, **more})


def test_no_photo_and_no_layer(net):
    with pytest.raises(BadValue, match="no photo"):
        dataset_examples(net, [], "maps:0", **QUICK)
    with pytest.raises(UnknownName, match="maps"):
        dataset_examples(net, [dotted(0.5)], "mops:0", **QUICK)
