"""Real trained networks give, through our door, the predictions that others measured."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import attrvis
from attrvis.errors import ModelError
from attrvis.networks.choice import default_layer

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def folder(data):
    return data / "images" / "imagenet-val60"


@pytest.fixture(scope="module")
def reference(folder):
    rows = json.loads((folder / "reference_predictions.json").read_text())["reference"]
    return rows


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
    batches = np.split(photos, 4)
    logits = tf.concat([net.run(tf.constant(batch))["logits"] for batch in batches], axis=0)
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


def test_weights_without_their_network_say_so(data):
    path = data / "networks" / "mobilenet-v2-100" / "mobilenet_v2_1.0_224_weights.h5"
    with pytest.raises(ModelError, match=r"keras:MobileNetV2\?weights="):
        attrvis.load(path)


DOORS = ("slim", "keras 2 file", "application", "saved model", "hub layer")


@pytest.fixture(scope="module")
def mobilenets(data):
    import tensorflow_hub

    folder = data / "networks" / "mobilenet-v1-025"
    h5 = folder / "mobilenet_v1_0.25_224.h5"
    return {
        "slim": attrvis.load(folder / "mobilenet_v1_0.25_224_tfslim_frozen.pb", preprocess="tf"),
        "keras 2 file": attrvis.load(h5),
        "application": attrvis.load(f"keras:MobileNet?alpha=0.25&weights={h5}"),
        "saved model": attrvis.load(folder / "hub_savedmodel", preprocess="unit"),
        "hub layer": attrvis.load(tensorflow_hub.KerasLayer(str(folder / "hub_savedmodel"))),
    }


def last_relu6(net):
    kinds = [layer for layer in net.layers if not layer.name.endswith(".in")]
    return [layer.name for layer in kinds if layer.kind == "Relu6"][-3]


def judged(net, photos):
    """Give the logits without a background class, a middle layer, and gradients at both ends."""
    offset = net.classes - 1000
    layer = last_relu6(net)
    readings = net.run(photos, ["logits", layer])
    images, values = tf.constant(photos), readings[layer]

    def both(network):
        with tf.GradientTape() as tape:
            tape.watch([images, values])
            pixels = network.run(images)["logits"][:, 281 + offset]
            inner = network.run(photos, edit={layer: values})["logits"][:, 281 + offset]
        return tape.gradient([pixels, inner], [images, values])

    guided = net.with_rule("guided")
    assert guided.touched == {"Relu6": 27}
    return [readings["logits"][:, offset:], values, *both(net), *both(guided)]


@pytest.fixture(scope="module")
def known(mobilenets, photos):
    return judged(mobilenets["slim"], photos[:5])


@pytest.mark.parametrize("door", DOORS[1:])
def test_one_network_through_every_door(mobilenets, known, photos, door):
    names = ("logits", "values", "pixels", "inner", "guided pixels", "guided inner")
    for name, found, expected in zip(
        names, judged(mobilenets[door], photos[:5]), known, strict=True
    ):
        scale = float(np.abs(expected).max())
        off = np.abs(found - expected) / scale
        if name in ("logits", "values"):
            # Eleven blocks deep, batch normalisation in four small ops (TF-Slim) and in one fused
            # op (Keras 2) have drifted apart by 1.3e-5; the logits by less than 1e-5.
            assert off.max() <= (1e-5 if name == "logits" else 2e-5), name
        else:
            # A rounding of 1e-5 flips a Relu6 somewhere in two photos of five, if batch
            # normalisation is another op; then all pixels that it sees change a little.
            each = [np.mean(one <= 1e-4) for one in off]
            assert np.median(each) >= 0.999, (name, each)
            for one, other in zip(found, expected, strict=True):
                assert np.corrcoef(np.ravel(one), np.ravel(other))[0, 1] > 0.99, name


@pytest.mark.parametrize("door", DOORS[1:])
def test_every_door_predicts_what_was_measured(mobilenets, photos, reference, door):
    agree(mobilenets[door], photos, reference, "mobilenet_v1_0.25_224.h5")
