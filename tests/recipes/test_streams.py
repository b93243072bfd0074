"""Photos from wherever they come, and the few best of them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from attrvis.errors import BadValue
from attrvis.recipes.streams import Best, Example, named_photos


def example(name, value):
    return Example(name, value, None, None, np.zeros((1, 1, 3)))


def test_a_folder_with_its_subfolders_in_the_order_of_the_names(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("z.PNG", "a.jpg", "b/c.webp", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    found = list(named_photos(str(tmp_path)))
    assert [name for name, _ in found] == ["a.jpg", "z.PNG", "b/c.webp"]
    assert found[2][1] == tmp_path / "b" / "c.webp"


@pytest.mark.parametrize("case", ["missing", "empty", "file"])
def test_a_folder_that_will_not_do(tmp_path, case):
    place = tmp_path / "x"
    if case == "empty":
        place.mkdir()
        (place / "notes.txt").write_text("no photo")
    elif case == "file":
        Image.new("RGB", (2, 2)).save(tmp_path / "x.png")
        place = tmp_path / "x.png"
    with pytest.raises(BadValue, match="folder"):
        list(named_photos(place))


def test_datasets_alone_in_batches_and_with_labels():
    images = np.arange(5 * 2 * 2 * 3, dtype=np.uint8).reshape(5, 2, 2, 3)
    plain = tf.data.Dataset.from_tensor_slices(images)
    labelled = tf.data.Dataset.from_tensor_slices((images, np.arange(5)))
    named = tf.data.Dataset.from_tensor_slices({"image": images, "label": np.arange(5)})
    for dataset in (plain, plain.batch(2), labelled.batch(3), named):
        found = list(named_photos(dataset))
        assert [name for name, _ in found] == [f"photo {n}" for n in range(5)]
        assert np.array_equal(np.stack([image for _, image in found]), images)


def test_mappings_paths_and_generators(tmp_path):
    grey = np.full((2, 2), 0.5)
    assert list(named_photos({"mine": grey})) == [("mine", grey)]
    assert [n for n, _ in named_photos([tmp_path / "cat.png", grey])] == ["cat.png", "photo 1"]
    endless = (grey for _ in iter(int, 1))
    assert next(named_photos(endless))[0] == "photo 0"


@pytest.mark.parametrize("photos", [7, np.zeros((2, 2, 3)), None])
def test_a_single_photo_is_refused(photos):
    with pytest.raises(BadValue, match="several"):
        list(named_photos(photos))


@given(st.lists(st.integers(-5, 5), max_size=30), st.integers(1, 6), st.sampled_from([1, -1]))
def test_the_best_are_those_that_sorting_finds(values, count, sign):
    best = Best(count, sign)
    for number, value in enumerate(values):
        best.offer(example(str(number), value))
        assert len(best.kept) <= count
    order = sorted(range(len(values)), key=lambda n: (-sign * values[n], n))[:count]
    assert [one.name for one in best.kept] == [str(n) for n in order]
