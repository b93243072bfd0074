"""Real trained networks give, through our door, the predictions that others measured."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import attrvis
from attrvis.networks.choice import default_layer

pytestmark = pytest.mark.data
COUNT = 6


@pytest.fixture(scope="module")
def folder(data):
    return data / "images" / "imagenet-val60"


@pytest.fixture(scope="module")
def reference(folder):
    rows = json.loads((folder / "reference_predictions.json").read_text())["reference"]
    return rows[:COUNT]


@pytest.fixture(scope="module")
def photos(folder, reference):
    def prepared(name):
        image = Image.open(folder / "images" / name).convert("RGB")
        scale = 256 / min(image.size)
        size = tuple(round(side * scale) for side in image.size)
        image = image.resize(size, Image.Resampling.BILINEAR)
        left, top = (size[0] - 224) // 2, (size[1] - 224) // 2
        return np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32) / 255

    return np.stack([prepared(row["file"]) for row in reference])


def keras_application(name, path, **more):
    import keras

    return getattr(keras.applications, name)(weights=str(path), **more)


def agree(net, photos, reference, key, offset=0):
    """Hold every probability that the reference gives, on every photo."""
    logits = net.run(tf.constant(photos))["logits"]
    probabilities = tf.nn.softmax(logits).numpy()
    (column,) = [name for name in reference[0]["top5"] if name.startswith(key)]
    for row, found in zip(reference, probabilities, strict=True):
        top = row["top5"][column]
        for index, probability in top:
            assert found[index + offset] == pytest.approx(probability, abs=1e-3), row["file"]
        assert int(found.argmax()) == top[0][0] + offset


def test_googlenet(data, photos, reference):
    net = attrvis.load(
        data / "networks" / "googlenet-bvlc" / "googlenet_bvlc_frozen.pb",
        preprocess="caffe-rgb",
        labels=data / "labels" / "synset_words_1000.txt",
    )
    assert net.logits == "softmax2_pre_activation"
    assert net.size == (224, 224) and net.label(281).startswith("tabby")
    agree(net, photos, reference, "googlenet")
    assert net.layer("mixed4d").shape == (None, 14, 14, 528)
    assert default_layer(net)[0].name == "mixed4e"
    assert net._engine.lowered.graph_def.ByteSize() < 300_000
    # The whole of the net behind a concatenation of branches is its tail.
    tail = net.cut("mixed4d")
    values, bypass = tail.head(photos[:2])
    assert bypass == {}
    np.testing.assert_array_equal(tail(values)["logits"], net.run(photos[:2])["logits"])


def test_mobilenet_v1_of_keras(data, photos, reference):
    path = data / "networks" / "mobilenet-v1-025" / "mobilenet_v1_0.25_224.h5"
    net = attrvis.load(keras_application("MobileNet", path, alpha=0.25))
    assert net.preprocess.name == "tf"
    agree(net, photos, reference, "mobilenet_v1_0.25_224.h5")


def test_the_same_weights_as_tf_slim_froze_them(data, photos, reference):
    folder = data / "networks" / "mobilenet-v1-025"
    net = attrvis.load(
        folder / "mobilenet_v1_0.25_224_tfslim_frozen.pb",
        preprocess="tf",
        labels=folder / "labels_1001_tfslim.txt",
    )
    assert net.classes == 1001 and net.label(1) == "tench, Tinca tinca"
    agree(net, photos, reference, "mobilenet_v1_0.25_224_tfslim")


def test_mobilenet_v2_of_keras(data, photos, reference):
    path = data / "networks" / "mobilenet-v2-100" / "mobilenet_v2_1.0_224_weights.h5"
    net = attrvis.load(keras_application("MobileNetV2", path))
    agree(net, photos, reference, "mobilenet_v2")
    # Cut inside a residual block: the way around it comes with the head.
    tail = net.cut("block_5_expand_relu")
    values, bypass = tail.head(photos[:2])
    assert len(bypass) == 1
    whole = net.run(photos[:2])["logits"].numpy()
    np.testing.assert_allclose(tail(values, bypass)["logits"], whole, atol=1e-5 * np.ptp(whole))


def test_squeezenet_as_a_whole_model(data, photos, reference):
    path = data / "networks" / "squeezenet11" / "squeezenet11_onnxzoo_full.h5"
    net = attrvis.load(path, preprocess="torch")
    agree(net, photos, reference, "squeezenet")
    assert net.gate(default_layer(net)[0].name)


def test_a_file_that_only_keras_2_can_read_says_so(data):
    path = data / "networks" / "mobilenet-v1-025" / "mobilenet_v1_0.25_224.h5"
    with pytest.raises(attrvis.errors.ModelError, match=r"Keras cannot load.*build the model"):
        attrvis.load(path)


def test_weights_without_their_network_say_so(data):
    path = data / "networks" / "mobilenet-v2-100" / "mobilenet_v2_1.0_224_weights.h5"
    with pytest.raises(attrvis.errors.ModelError, match=r"Keras cannot load.*build the model"):
        attrvis.load(path)
