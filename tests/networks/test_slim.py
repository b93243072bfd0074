"""TF-Slim's own networks and meta graphs, filled from checkpoints that TensorFlow 1 code wrote."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, ModelError, UnknownName

pytest.importorskip("tf_slim", reason="the extra attrvis[slim] is not installed")

from attrvis.networks import slim

NAMES = ("inception_v1", "inception_v2", "inception_v3", "resnet_v1_50", "resnet_v2_50")


def written(name, folder, classes=7):
    """Train nothing: save a network's initial weights, and give its scores of some photos."""
    import tf_slim

    network, scope, _ = slim.networks()[name]
    side = getattr(network, "default_image_size", 224)
    photos = np.random.default_rng(0).random((2, side, side, 3)).astype(np.float32)
    with tf.Graph().as_default():
        tf.compat.v1.set_random_seed(1)
        images = tf.compat.v1.placeholder(tf.float32, (None, side, side, 3))
        with tf_slim.arg_scope(scope()):
            logits, points = network(images, num_classes=classes, is_training=False)
        middle = points[sorted(points)[len(points) // 2]]
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            tf.compat.v1.train.Saver().save(session, str(folder / "model.ckpt"))
            scores = session.run(logits, {images: 2 * photos - 1})
    return photos, scores.reshape(2, classes), logits.op.name, middle.op.name


@pytest.mark.parametrize("name", NAMES)
def test_its_scores_are_the_sessions(name, tmp_path):
    photos, scores, _, _ = written(name, tmp_path)
    net = attrvis.load(f"slim:{name}?checkpoint={tmp_path / 'model.ckpt'}", preprocess="tf")
    assert net.classes == 7 and net.size == photos.shape[1:3]
    found = net.run(photos)["logits"].numpy()
    assert np.abs(found - scores).max() <= 1e-5 * np.abs(scores).max()
    assert any(layer.spatial for layer in net.layers)
    assert not any("Aux" in layer.name for layer in net.layers)


@pytest.fixture(scope="module")
def inception(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slim")
    return folder, *written("inception_v1", folder)


def test_the_published_range_is_known(inception):
    net = attrvis.load(f"slim:inception_v1?checkpoint={inception[0] / 'model.ckpt'}")
    assert net.preprocess.name == "tf"
    assert net.layer("Mixed_4d").shape == (None, 14, 14, 512)


def test_a_meta_graph(inception):
    folder, photos, scores, logits, _ = inception
    net = attrvis.load(folder / "model.ckpt.meta", preprocess="tf", logits=logits)
    found = net.run(photos)["logits"].numpy()
    assert np.abs(found - scores).max() <= 1e-5 * np.abs(scores).max()


def test_a_meta_graph_needs_to_be_told_its_scores(inception):
    with pytest.raises(ModelError, match="logits="):
        attrvis.load(inception[0] / "model.ckpt.meta", preprocess="tf")
    with pytest.raises(ModelError, match="no tensor 'nowhere'"):
        attrvis.load(inception[0] / "model.ckpt.meta", preprocess="tf", logits="nowhere")


def test_the_wrong_checkpoint(inception):
    checkpoint = inception[0] / "model.ckpt"
    with pytest.raises(ModelError, match="lacks"):
        attrvis.load(f"slim:resnet_v1_50?checkpoint={checkpoint}&classes=7")
    with pytest.raises(ModelError, match="shape"):
        attrvis.load(f"slim:inception_v1?checkpoint={checkpoint}&classes=9")


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("slim:inception_v9?checkpoint=x", UnknownName, "inception_v1"),
        ("slim:inception_v1", BadValue, "checkpoint=FILE"),
        ("slim:inception_v1?checkpoint=x&depth=3", BadValue, "cannot be read"),
        ("slim:inception_v1?checkpoint=x&classes=many", BadValue, "no number"),
        ("slim:inception_v1?checkpoint=/nowhere/model.ckpt", ModelError, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(text, error, said):
    with pytest.raises(error, match=said) as caught:
        attrvis.load(text)
    assert "\n" not in str(caught.value)


def test_a_size_that_the_network_cannot_be_built_for(inception):
    with pytest.raises(ModelError, match="leave the size out"):
        attrvis.load(f"slim:inception_v1?checkpoint={inception[0] / 'model.ckpt'}", size=16)
