"""Keras models lowered: what is read is what Keras computes, and the model stays as it was."""

from __future__ import annotations

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import attrvis
from attrvis.errors import AttrVisError, AttrVisWarning, ModelError
from attrvis.networks.keras import lower_keras
from tests import toys

NAMED = [
    "stem", "left", "join", "right", "mix", "reduced", "shared", "shared#1", "inner/deep",
    "inner/norm", "inner", "act", "drop", "pool", "scores",
]  # fmt: skip


def close(found, expected, share=1e-5):
    expected = np.asarray(expected)
    np.testing.assert_allclose(np.asarray(found), expected, atol=share * np.abs(expected).max())


def test_readings_are_what_keras_computes(net, twig, photos):
    plain = [n for n in NAMED if "/" not in n and "#" not in n and n not in ("shared", "inner")]
    outputs = keras.Model(twig.input, [twig.get_layer(n).output for n in plain])(photos)
    found = net.run(photos, plain)
    for name, expected in zip(plain, outputs, strict=True):
        close(found[name], expected)


def test_shared_and_nested_layers_have_names_of_their_own(net, twig, photos):
    found = net.run(photos, ["reduced", "shared", "shared#1", "inner/deep", "inner/norm", "inner"])
    shared, inner = twig.get_layer("shared"), twig.get_layer("inner")
    first = shared(found["reduced"])
    close(found["shared"], first)
    close(found["shared#1"], shared(first))
    close(found["inner/deep"], inner.get_layer("deep")(shared(first)))
    close(found["inner"], inner(shared(first), training=False))
    close(found["inner/norm"], found["inner"], 0)


def test_the_layers_are_listed_in_the_order_in_which_they_run(net):
    listed = [layer.name for layer in net.layers]
    assert set(NAMED) - {"scores"} <= set(listed)
    forward = ["stem", "left", "join", "mix", "reduced", "shared", "shared#1", "inner", "act"]
    assert [n for n in listed if n in forward] == forward
    stem = net.layer("stem")
    assert (stem.shape, stem.kind, stem.unit_axis) == ((None, 8, 8, 4), "Relu", -1)
    assert stem.spatial and not net.layer("pool").spatial


def test_the_input_of_a_layer_is_a_layer(net, photos):
    found = net.run(photos, ["stem.in", "left.in", "stem", "shared.in", "shared#1.in", "shared"])
    close(found["stem.in"], photos, 0)
    close(found["left.in"], found["stem"], 0)
    close(found["shared#1.in"], found["shared"], 0)


def test_weights_are_captured_and_live(net, twig, photos):
    lowered = lower_keras(twig)
    assert lowered.graph_def.ByteSize() < 40_000
    assert len(lowered.captures) >= len(twig.weights)
    bias = twig.get_layer("stem").bias
    before = bias.numpy().copy()
    plain = net.run(photos)["logits"].numpy()
    try:
        bias.assign(before + 1.0)
        moved = net.run(photos)["logits"].numpy()
        expected = np.log(twig(photos).numpy())
    finally:
        bias.assign(before)
    assert np.abs(moved - plain).max() > 1e-3
    close(moved - moved.mean(1, keepdims=True), expected - expected.mean(1, keepdims=True), 1e-4)
    close(net.run(photos)["logits"], plain, 0)


def test_a_large_constant_of_a_keras_model_is_captured_too():
    table = toys.noise(1, 8, 8, 600)
    images = keras.Input((8, 8, 3))
    wide = layers.Conv2D(600, 1)(images)
    scaled = layers.Lambda(lambda x: x * tf.constant(table), name="scaled")(wide)
    scores = layers.Dense(2)(layers.GlobalAveragePooling2D()(scaled))
    lowered = lower_keras(keras.Model(images, scores))
    assert lowered.graph_def.ByteSize() < 40_000


def own_calls(model):
    found = [n for n in model._flatten_layers() if "call" in n.__dict__]
    return found


def test_the_model_is_as_before(twig, photos):
    before = twig(photos).numpy()
    attrvis.load(twig, preprocess="unit").run(photos)
    assert not own_calls(twig)
    close(twig(photos), before, 0)


class Broken(layers.Layer):
    works = True

    def call(self, inputs):
        if self.works:
            return inputs
        raise RuntimeError("out of order")


class Owned(layers.Layer):
    def call(self, inputs):
        return inputs + 1.0


def test_the_model_is_as_before_after_an_exception():
    images = keras.Input((4, 4, 3))
    owned = Owned(name="owned")
    stem = layers.Conv2D(2, 1, name="stem")
    broken = Broken()
    model = keras.Model(images, broken(stem(owned(images))))
    broken.works = False
    own = owned.__dict__["call"] = owned.call
    with pytest.raises(Exception, match="out of order"):
        lower_keras(model)
    assert [n.name for n in own_calls(model)] == ["owned"]
    assert owned.__dict__["call"] is own


def test_the_network_is_freed_with_its_traces(twig, photos):
    net = attrvis.load(twig, preprocess="unit")
    net.run(photos, ["stem"])
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None


class Pick(layers.Layer):
    def call(self, inputs):
        return inputs[0]


def test_a_layer_that_hands_its_input_on_is_a_layer_of_its_own(photos):
    images = keras.Input((8, 8, 3))
    first = layers.Conv2D(4, 1, name="first")(images)
    picked = Pick(name="pick")([first, layers.Conv2D(4, 1)(images)])
    total = layers.Add(name="total")([picked, first])
    scores = layers.Dense(2)(layers.GlobalAveragePooling2D()(total))
    net = attrvis.load(keras.Model(images, scores), preprocess="unit")
    found = net.run(photos, ["first", "pick", "total"], {"pick": lambda a: 0 * a})
    np.testing.assert_array_equal(found["total"], found["first"])
    assert np.abs(found["first"]).max() > 0 and not np.any(found["pick"])


def test_a_model_that_is_not_built_is_refused():
    with pytest.raises(ModelError, match=r"not built.*Input"):
        attrvis.load(keras.Sequential([layers.Conv2D(2, 1), layers.Flatten(), layers.Dense(2)]))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(3, 3, activation="relu", name="conv")
        self.pool = layers.GlobalAveragePooling2D(name="pool")
        self.scores = layers.Dense(4, name="scores")

    def call(self, images):
        return self.scores(self.pool(self.conv(images)))


def test_a_subclassed_model_that_was_called_works():
    model = Subclassed()
    photos = toys.noise(2, 8, 8, 3)
    expected = model(photos)
    net = attrvis.load(model, preprocess="unit", size=8)
    close(net.run(photos)["logits"], expected)
    close(net.run(photos, ["conv"])["conv"], model.conv(photos))


def test_several_inputs_are_refused():
    images = keras.Input((8, 8, 3))
    second = keras.Input((8, 8, 3))
    with pytest.raises(ModelError, match=r"2 inputs.*input=.*feeds="):
        lower_keras(keras.Model([images, second], layers.Add()([images, second])))


def free_model():
    images = keras.Input((None, None, 3))
    conv = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv")(images)
    scores = layers.Dense(3, name="scores")(layers.GlobalAveragePooling2D()(conv))
    return keras.Model(images, scores, name="mobilenet_1.00_224")


@pytest.mark.parametrize(
    ("size", "expected"), [(None, (224, 224)), (9, (9, 9)), ((7, 12), (7, 12))]
)
def test_a_free_size_is_fixed_at_load(size, expected):
    net = attrvis.load(free_model(), size=size)
    assert net.size == expected
    assert net.layer("conv").shape == (None, (expected[0] - 1) // 2, (expected[1] - 1) // 2, 4)
    assert net.preprocess.name == "tf"


def test_an_unknown_preprocessing_is_said(twig):
    with pytest.warns(AttrVisWarning, match=r"preprocessing of 'twig' is not known.*caffe-rgb"):
        attrvis.load(twig)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_files_give_what_the_model_gives(twig, photos, tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    twig.save(path)
    net = attrvis.load(path, preprocess="unit")
    close(tf.nn.softmax(net.run(photos)["logits"]), twig(photos))
    assert net.name == path.name


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".pb"])
@pytest.mark.parametrize(
    "content", [b"", b"not a model\n" * 50, b"PK\x03\x04broken", b"\x89HDF\r\n\x1a\nx"]
)
def test_damaged_files_are_one_clear_error(tmp_path, suffix, content):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="model") as caught:
        attrvis.load(path, preprocess="unit")
    assert "\n" not in str(caught.value)


def test_weights_alone_are_no_model(twig, tmp_path):
    twig.save_weights(tmp_path / "only.weights.h5")
    with pytest.raises(ModelError, match=r"only\.weights\.h5"):
        attrvis.load(tmp_path / "only.weights.h5", preprocess="unit")


@pytest.mark.parametrize("source", [3, None, object(), {"a": 1}])
def test_other_things_are_refused(source):
    with pytest.raises(ModelError, match=r"\.keras"):
        attrvis.load(source)


@pytest.mark.parametrize("name", ["gone.pb", "gone.keras", "gone.onnx"])
def test_a_missing_file_is_said(tmp_path, name):
    with pytest.raises(ModelError, match="no model"):
        attrvis.load(tmp_path / name)


def test_a_folder_or_another_format_is_refused(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"x")
    for path in (tmp_path, tmp_path / "net.onnx"):
        with pytest.raises(ModelError, match="No door takes"):
            attrvis.load(path)


def test_two_loads_do_not_disturb_each_other(twig, photos):
    first = attrvis.load(twig, preprocess="unit")
    second = attrvis.load(twig, preprocess="255")
    close(first.run(photos * 255)["logits"], second.run(photos)["logits"], 1e-5)


def test_threads_may_load_one_model_at_once(twig, photos):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        nets = list(pool.map(lambda _: attrvis.load(twig, preprocess="unit"), range(4)))
    expected = nets[0].run(photos, ["shared#1"])["shared#1"]
    for net in nets:
        assert [layer.name for layer in net.layers] == [layer.name for layer in nets[0].layers]
        np.testing.assert_array_equal(net.run(photos, ["shared#1"])["shared#1"], expected)
    assert not own_calls(twig)


def test_lambda_code_in_a_file_is_refused(tmp_path):
    images = keras.Input((4, 4, 3))
    model = keras.Model(images, layers.Flatten()(layers.Lambda(lambda x: x * 2)(images)))
    model.save(tmp_path / "code.keras")
    with pytest.raises(AttrVisError):
        attrvis.load(tmp_path / "code.keras", preprocess="unit")
