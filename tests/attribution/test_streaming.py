"""Datasets are attributed batch by batch, and written as they come."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import attrvis
from attrvis.attribution import Attribution, attribute_each
from attrvis.errors import BadValue, OutputError, UnknownName
from tests import toys

PHOTOS = toys.noise(5, 8, 8, 3, seed=2)
LABELS = np.array([0, 3, 1, 2, 0])


def dataset(batch=2):
    return tf.data.Dataset.from_tensor_slices((PHOTOS, LABELS)).batch(batch)


@pytest.mark.parametrize("method", ["saliency", "integrated-gradients", "grad-cam"])
def test_a_dataset_gives_what_its_photos_give_together(twig, method):
    together = attrvis.attribute(twig, PHOTOS, method, target=LABELS.tolist()).values
    for batch in (1, 2, 5):
        parts = list(attribute_each(twig, dataset(batch), method))
        assert [len(part.values) for part in parts] == [batch] * (5 // batch) + [1] * (batch == 2)
        apart = np.concatenate([part.values for part in parts])
        np.testing.assert_allclose(apart, together, atol=1e-5 * np.abs(together).max())


def test_single_photos_and_a_target_of_the_callers(twig):
    alone = tf.data.Dataset.from_tensor_slices(PHOTOS)
    found = list(attribute_each(twig, alone, "saliency", target=3))
    assert len(found) == 5 and found[0].values.shape == (1, 8, 8, 3)
    same = list(attribute_each(twig, dataset(), "saliency", target=3))
    np.testing.assert_allclose(found[0].values[0], same[0].values[0], atol=1e-6)
    own = next(iter(attribute_each(twig, alone, "saliency")))
    best = twig.predict(PHOTOS[:1], top=1)[0][0].index
    same = attrvis.attribute(twig, PHOTOS[:1], "saliency", target=best)
    np.testing.assert_allclose(own.values, same.values, atol=1e-6)


def test_a_file_is_there_before_the_next_batch_is_read(twig, tmp_path):
    seen = []

    def photos():
        for number in range(3):
            seen.append(sorted(path.name for path in (tmp_path / "out").glob("*")))
            yield PHOTOS[number : number + 1]

    told = []
    found = list(
        attribute_each(
            twig, photos(), "saliency", out=tmp_path / "out",
            progress=lambda *words: told.append(words[:3]),
        )
    )  # fmt: skip
    assert seen == [[], ["00000000.npz"], ["00000000.npz", "00000001.npz"]]
    assert told == [("batches", n, n) for n in (1, 2, 3)]
    for number, part in enumerate(found):
        loaded = Attribution.load(tmp_path / f"out/{number:08d}.npz")
        np.testing.assert_array_equal(loaded.values, part.values)
        assert loaded.frames == part.frames and loaded.photos is None


def test_who_takes_one_result_has_its_file(twig, tmp_path):
    parts = attribute_each(twig, dataset(), "saliency", out=tmp_path / "out")
    found = next(parts)
    loaded = Attribution.load(tmp_path / "out/00000000.npz")
    np.testing.assert_array_equal(loaded.values, found.values)


def test_all_that_is_asked_is_passed_on(twig):
    """Wide photos, a layer, a score, a seed and a setting: as if they were asked for together."""
    wide = toys.noise(3, 8, 14, 3, seed=6)
    asked = {"layer": "deep", "score": "prob", "seed": 5, "fit": "stretch", "samples": 2}
    together = attrvis.attribute(twig, list(wide), "smooth-grad", target=1, **asked).values
    apart = [part.values for part in attribute_each(twig, wide, "smooth-grad", target=1, **asked)]
    np.testing.assert_allclose(np.concatenate(apart), together, atol=1e-6 * np.abs(together).max())
    for name, other in (("layer", "act"), ("score", "logit"), ("seed", 0), ("fit", "crop")):
        changed = {**asked, name: other}
        found = next(iter(attribute_each(twig, wide, "smooth-grad", target=1, **changed))).values
        assert found.shape != apart[0].shape or np.abs(found - apart[0]).max() > 1e-6, name


def test_how_much_there_is_is_told_where_it_is_known(twig):
    def told(batches):
        found = []
        list(
            attribute_each(
                twig, batches, "saliency", target=0, progress=lambda *w: found.append(w[1:3])
            )
        )
        return found

    assert told(dataset()) == told([PHOTOS[:2]] * 3) == [(1, 3), (2, 3), (3, 3)]
    unknown = dataset().filter(lambda photos, labels: labels[0] != 1)
    assert told(unknown) == told(iter([PHOTOS[:1]] * 2)) == [(1, 1), (2, 2)]


def test_the_work_is_done_when_it_is_asked_for(twig):
    read = []
    photos = (read.append(n) or PHOTOS[:1] for n in range(1000))
    parts = attribute_each(twig, photos, "saliency")
    assert read == []
    next(parts)
    assert read == [0]


def test_what_is_refused(twig, tmp_path):
    with pytest.raises(UnknownName, match="saliency"):
        attribute_each(twig, dataset(), "salience")
    with pytest.raises(BadValue, match="gives nothing"):
        list(attribute_each(twig, dataset().take(0), "saliency"))
    with pytest.raises(BadValue, match="by name"):
        list(attribute_each(twig, [{"image": PHOTOS}], "saliency"))
    with pytest.raises(BadValue, match="3 things"):
        list(attribute_each(twig, [(PHOTOS, LABELS, LABELS)], "saliency"))
    with pytest.raises(BadValue, match="argmax"):
        list(attribute_each(twig, [(PHOTOS, np.eye(5))], "saliency"))
    (tmp_path / "00000000.npz").write_bytes(b"")
    with pytest.raises(OutputError, match="already holds"):
        attribute_each(twig, dataset(), "saliency", out=tmp_path)
    with pytest.raises(OutputError, match="cannot be made"):
        attribute_each(twig, dataset(), "saliency", out=tmp_path / "00000000.npz")


def test_paths_and_pictures_are_photos_too(twig, tmp_path):
    bytes_of = (PHOTOS[:2] * 255).astype(np.uint8)
    pictures = [Image.fromarray(one) for one in bytes_of]
    pictures[0].save(tmp_path / "a.png")
    found = attribute_each(twig, [tmp_path / "a.png", (pictures[1], 3)], "saliency")
    values = [part.values[0] for part in found]
    first = attrvis.attribute(twig, bytes_of[0], "saliency").values[0]
    second = attrvis.attribute(twig, bytes_of[1], "saliency", target=3).values[0]
    np.testing.assert_allclose(values, [first, second], atol=1e-6)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("photo.jpg", "'photo.jpg' is none; give a list"),
        (None, "None is none"),
        (tf.data.Dataset.from_tensors("photo.jpg"), "map file names to pictures"),
    ],
)
def test_what_is_no_dataset(twig, given, words):
    with pytest.raises(BadValue, match=words):
        list(attribute_each(twig, given, "saliency"))
