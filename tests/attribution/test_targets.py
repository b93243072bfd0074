"""What a user may name as the target, and the face function."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import attrvis
from attrvis import objectives
from attrvis.attribution import bind_target
from attrvis.errors import AttrVisError, BadValue, ImageError, UnknownName
from attrvis.objectives import logit
from tests import toys

IMAGES = toys.noise(3, 4, 4, 3, seed=12)


def score(net, objective):
    return np.asarray(objective(net.run(IMAGES, objective.layers)))


def test_whatever_the_user_says(linear):
    logits = linear.run(IMAGES)["logits"].numpy()
    rows = np.arange(3)
    for target, columns in [
        (None, logits.argmax(1)),
        (2, 2),
        (np.int64(2), 2),
        ("cat", 2),
        ("2", 2),
        ([2, 0, 1], [2, 0, 1]),
        (["cat", 0, "bee"], [2, 0, 1]),
        (np.array([2, 0, 1]), [2, 0, 1]),
        ((0, 0, 1), [0, 0, 1]),
    ]:
        found = score(linear, bind_target(linear, IMAGES, target))
        np.testing.assert_allclose(found, logits[rows, columns], rtol=1e-5)
    both = bind_target(linear, IMAGES, logit("cat") - logit("bee"))
    np.testing.assert_allclose(score(linear, both), logits[:, 2] - logits[:, 1], atol=1e-5)


def test_the_top_class_is_frozen(linear):
    objective = bind_target(linear, IMAGES)
    other = np.asarray(objective(linear.run(1 - IMAGES, ["logits"])))
    top = linear.run(IMAGES)["logits"].numpy().argmax(1)
    expected = linear.run(1 - IMAGES)["logits"].numpy()[np.arange(3), top]
    np.testing.assert_allclose(other, expected, rtol=1e-5)


def test_a_text_with_a_colon_is_an_objective(linear):
    logits = linear.run(IMAGES)["logits"].numpy()
    found = score(linear, bind_target(linear, IMAGES, "logit:cat - 2 * logit:bee"))
    np.testing.assert_allclose(found, logits[:, 2] - 2 * logits[:, 1], atol=1e-5)
    found = score(linear, bind_target(linear, IMAGES, "logits:1"))
    np.testing.assert_allclose(found, logits[:, 1], rtol=1e-5)
    with pytest.raises(UnknownName, match="no label 'dog'"):
        bind_target(linear, IMAGES, "logit:dog")
    with pytest.raises(BadValue, match=r"'prob:\.\.\.'"):
        bind_target(linear, IMAGES, "logit:cat", "prob")
    with pytest.raises(BadValue, match="cannot be read at 'cat'"):
        bind_target(linear, IMAGES, "logits:cat")


@pytest.mark.parametrize(
    "target", [3, -1, "dog", [0, 1], [0, 1, 3], [0, "dog", 1], 1.5, [0.5, 1, 1]]
)
def test_what_is_no_target_is_refused(linear, target):
    with pytest.raises(AttrVisError):
        bind_target(linear, IMAGES, target)


def test_a_label_in_an_objective_is_looked_up_too(linear):
    with pytest.raises(UnknownName, match="no label 'dog'"):
        bind_target(linear, IMAGES, logit("dog"))
    with pytest.raises(UnknownName, match="score"):
        bind_target(linear, IMAGES, 0, "loss")


def test_the_face_takes_photos_of_any_kind(linear, tmp_path):
    pixels = (toys.noise(4, 4, 3) * 255).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    options = {"target": 1, "baseline": attrvis.attribution.TABLE["aumann-shapley"]().baseline}
    from attrvis.attribution.baselines import Zero

    options["baseline"] = Zero()
    expected = attrvis.attribute(linear, pixels, **options).values
    assert expected.shape == (1, 4, 4, 3)
    for photo in (tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(pixels),
                  pixels.astype(np.float32) / 255, [pixels], pixels[None]):  # fmt: skip
        np.testing.assert_allclose(attrvis.attribute(linear, photo, **options).values, expected,
                                   atol=1e-6)  # fmt: skip
    several = attrvis.attribute(linear, [pixels, tmp_path / "a.png"], **options).values
    np.testing.assert_allclose(several, np.repeat(expected, 2, 0), atol=1e-6)
    big = np.asarray(Image.fromarray(pixels).resize((9, 6)))
    assert attrvis.attribute(linear, [pixels, big], **options, fit="stretch").values.shape[0] == 2


def test_the_face_says_what_is_wrong(linear, tmp_path):
    with pytest.raises(UnknownName, match="'aumann-shapley'"):
        attrvis.attribute(linear, IMAGES, "aumann-shapely")
    with pytest.raises(ImageError):
        attrvis.attribute(linear, tmp_path / "gone.png")
    with pytest.raises(BadValue):
        attrvis.attribute(linear, IMAGES, points=0)
    with pytest.raises(AttrVisError, match="photo"):
        attrvis.attribute(linear, [])


def test_every_image_says_what_it_is_explained_for(linear):
    def said(**given):
        return attrvis.attribution.TABLE["saliency"]()(linear, IMAGES[:2], **given).targets

    assert said(target=["cat", "ant"]) == ("cat", "ant")
    assert said(target="logit:bee") == said(target=1) == ("bee", "bee")
    assert said(target=1, score="prob") == ("prob of bee",) * 2
    assert said(target="logit:bee - logit:cat") == ("logit:bee - logit:cat",) * 2
    best = linear.predict(IMAGES[:2], top=1)
    assert said() == tuple(one[0].label for one in best)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("stem:99", "There is no unit 99 here; they go from 0 to"),
        ("stem:0@1,99", "99"),
        ("logit:0 - stem:99", "99"),
        (objectives.logit(99), "There is no class 99"),
        (objectives.channel("stem", [0, 1]), "numbers for 2 images, and there are 3"),
    ],
)
def test_a_unit_that_does_not_exist_is_found_before_any_work(twig, photos, target, text):
    with pytest.raises(BadValue, match=text):
        bind_target(twig, tf.constant(photos), target)


def test_an_objective_of_every_image(twig, photos):
    each = bind_target(twig, tf.constant(photos), objectives.channel("stem", [0, 1, 2]))
    assert each.layers == ("stem",)
