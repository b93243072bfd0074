"""Models of the transformers library and of Keras Hub, and what they ask of the Keras door."""

from __future__ import annotations

import gc
from collections import OrderedDict

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError

tf_keras = pytest.importorskip("tf_keras")

SIDE, CLASSES, WIDTH = 8, 5, 6


class Output(OrderedDict):
    """What such models give: a dict whose entries are attributes as well."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Block(tf_keras.layers.Layer):
    """A block of tokens that gives a tuple, as those with attentions do."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm = tf_keras.layers.LayerNormalization(name="norm")
        self.dense = tf_keras.layers.Dense(WIDTH, activation="relu", name="dense")

    def call(self, hidden_states, count):
        mixed = self.dense(self.norm(hidden_states))
        mixed = tf.reshape(mixed, (count, -1, WIDTH))
        return (hidden_states + mixed, tf.nn.softmax(mixed))


class ChannelsFirst(tf_keras.Model):
    """The contract of the transformers library: `pixel_values` [B, C, H, W], a dict-like output."""

    main_input_name = "pixel_values"

    def __init__(self, *, side=SIDE, states=False, maps=False):
        super().__init__(name="channels_first")
        self.side, self.states, self.maps = side, states, maps
        self.patches = tf_keras.layers.Conv2D(WIDTH, 2, strides=2, name="patches")
        self.blocks = [Block(name=f"layer_._{i}") for i in range(2)]
        self.classifier = tf_keras.layers.Dense(CLASSES, name="classifier")

    @property
    def input_signature(self):
        if self.side is None:
            raise NotImplementedError("no size in the configuration")
        shape = (None, 3, self.side, self.side)
        return {"pixel_values": tf.TensorSpec(shape, name="pixel_values")}

    def call(self, pixel_values, training=False):
        count = tf.shape(pixel_values)[0]
        seen = self.patches(tf.transpose(pixel_values, [0, 2, 3, 1]))
        if self.maps:
            scores = self.classifier(seen)
            return Output(logits=tf.transpose(scores, [0, 3, 1, 2]))
        tokens = tf.reshape(seen, (count, -1, WIDTH))
        states = [tokens]
        for block in self.blocks:
            states.append(block(states[-1], count)[0])
        given = Output(logits=self.classifier(tf.reduce_mean(states[-1], axis=1)))
        if self.states:
            given["hidden_states"] = tuple(states)
        return given


def made(**choices):
    model = ChannelsFirst(**choices)
    model(first(np.zeros((1, SIDE, SIDE, 3), np.float32)))
    draw = np.random.default_rng(4)
    for weight in model.weights:  # tf_keras 2.18 cannot be seeded on Python 3.12
        weight.assign(draw.normal(scale=0.4, size=weight.shape))
    return model


def first(images):
    return tf.transpose(images, [0, 3, 1, 2])


def check(net, images, own):
    """Compare scores and gradients with the model's own."""
    images = tf.constant(images)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        expected, found = own(images), net.run(images)["logits"]
        one, other = tf.reduce_sum(expected[..., 1]), tf.reduce_sum(found[..., 1])
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()
    slope, known = tape.gradient(other, images), tape.gradient(one, images)
    assert np.abs(known).max() > 0
    assert np.abs(slope - known).max() <= 1e-4 * np.abs(known).max()


def test_images_go_in_channels_last(photos):
    model = made()
    net = attrvis.load(model, preprocess="unit")
    assert net.size == (SIDE, SIDE) and net.classes == CLASSES
    check(net, photos, lambda images: model(first(images)).logits)


def test_tokens_are_read_by_their_path(photos):
    model = made(states=True)
    net = attrvis.load(model, preprocess="unit")
    given = model(first(photos))
    read = net.run(photos, ["layer_._0", "layer_._1", "hidden_states/1", "logits"])
    assert np.abs(read["layer_._0"] - given.hidden_states[1]).max() < 1e-5
    assert np.abs(read["layer_._1"] - given.hidden_states[2]).max() < 1e-5
    assert np.abs(read["hidden_states/1"] - given.hidden_states[1]).max() < 1e-5
    assert np.abs(read["logits"] - given.logits).max() < 1e-5
    assert net.layer("layer_._0").shape == (None, 16, WIDTH)
    without = net.run(photos, edit={"layer_._1": tf.zeros_like})["logits"]
    assert np.abs(without - model.classifier.bias).max() < 1e-5


@pytest.mark.parametrize("layer", ["patches", "layer_._0/dense", "layer_._1"])
def test_layers_before_a_shape_of_the_batch_are_explained(layer, photos):
    net = attrvis.load(made(), preprocess="unit")
    found = attrvis.attribute(net, list(photos), target=1, layer=layer, baseline="zero", points=256)
    alone = attrvis.attribute(
        net, list(photos[:1]), target=1, layer=layer, baseline="zero", points=256
    )
    assert found.relative_gap.max() < 0.05
    assert np.abs(found.values[0] - alone.values[0]).max() < 1e-5


def test_maps_of_scores_come_channels_last(photos):
    model = made(maps=True)
    net = attrvis.load(model, preprocess="unit")
    assert net.run(photos)["logits"].shape == (3, 4, 4, CLASSES)
    check(net, photos, lambda images: tf.transpose(model(first(images)).logits, [0, 2, 3, 1]))


def test_the_size_is_that_of_the_first_call_or_declared_or_given():
    assert attrvis.load(made(side=32), preprocess="unit").size == (SIDE, SIDE)
    for side, expected in ((32, 32), (None, 224)):
        model = ChannelsFirst(side=side)
        model(tf.zeros((1, 3, SIDE, SIDE)))
        model._build_input_shape = None  # as after `from_pretrained`, which builds without a call
        assert attrvis.load(model, preprocess="unit").size == (expected, expected)
    assert attrvis.load(made(side=32), preprocess="unit", size=(16, 12)).size == (16, 12)


def test_one_that_is_not_built_is_refused():
    with pytest.raises(ModelError, match="not built yet"):
        attrvis.load(ChannelsFirst(), preprocess="unit")


class Doubtful(tf_keras.layers.Layer):
    """Asks in Python what only the images tell."""

    def call(self, inputs):
        if tf.reduce_mean(inputs) > 0.0:
            inputs = 2.0 * inputs
        return inputs


class Branching(tf_keras.layers.Layer):
    def call(self, inputs):
        return tf.cond(tf.reduce_mean(inputs) > 0.0, lambda: 2.0 * inputs, lambda: inputs)


class Sided(tf_keras.layers.Layer):
    """Chooses a side of a shape, which TensorFlow computes ahead where it can."""

    def call(self, inputs):
        small = tf.constant(2) > 3
        side = tf.cond(small, lambda: tf.constant(1), lambda: tf.shape(inputs)[1])
        return 2.0 * tf.reshape(inputs, (-1, side, 6, 4))


class Scored(tf_keras.Model):
    def __init__(self, layer):
        super().__init__()
        self.seen = tf_keras.layers.Conv2D(4, 3, name="seen")
        self.doubled = layer(name="doubled")
        self.scores = tf_keras.layers.Dense(CLASSES, name="scores")

    def call(self, inputs):
        return self.scores(tf.reduce_mean(self.doubled(self.seen(inputs)), [1, 2]))


@pytest.mark.parametrize("layer", [Doubtful, Branching, Sided])
def test_branches_outlive_their_trace(layer, photos):
    model = Scored(layer)
    model(photos)
    net = attrvis.load(model, preprocess="unit")
    gc.collect()
    check(net, photos, model)
    read = net.run(photos, ["seen", "doubled"])
    assert np.abs(read["doubled"] - model.doubled(read["seen"])).max() < 1e-5


def configured(name):
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    if not hasattr(transformers, "TFViTForImageClassification"):
        pytest.skip(f"transformers {transformers.__version__} has no TensorFlow models")
    tokens = {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "image_size": 32,
        "patch_size": 8,
    }
    stages = {"hidden_sizes": [8, 16], "depths": [1, 1]}
    four = {"hidden_sizes": [8, 8, 16, 16], "depths": [1] * 4, "decoder_hidden_size": 8}
    four["num_attention_heads"] = [1, 1, 2, 2]
    choices = {
        "ViTForImageClassification": tokens,
        "DeiTForImageClassification": tokens,
        "SwinForImageClassification": {
            "image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [1, 2],
            "num_heads": [1, 2], "window_size": 4,
        },
        "ConvNextForImageClassification": {
            "image_size": 32, "hidden_sizes": [8] * 4, "depths": [1] * 4
        },
        "ResNetForImageClassification": {"embedding_size": 8, **stages},
        "RegNetForImageClassification": {"embedding_size": 8, "groups_width": 8, **stages},
        "MobileViTForImageClassification": {
            "image_size": 64, "hidden_sizes": [8, 16, 16], "num_attention_heads": 2,
            "neck_hidden_sizes": [8, 8, 8, 8, 16, 16, 32],
        },
        "SegformerForImageClassification": four,
        "SegformerForSemanticSegmentation": four,
    }  # fmt: skip
    config = getattr(transformers, f"{name.split('For')[0]}Config")
    return getattr(transformers, f"TF{name}")(config(num_labels=CLASSES, **choices[name]))


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("ViTForImageClassification", "vit/encoder/layer_._0"),
        ("DeiTForImageClassification", "deit/encoder/layer_._0/attention/attention/query"),
        ("SwinForImageClassification", "swin/encoder/layers.0/blocks.0"),
        ("ConvNextForImageClassification", "convnext/encoder/stages.1"),
        ("ResNetForImageClassification", "resnet/encoder/stages.0"),
        ("RegNetForImageClassification", "regnet/encoder/stages.0"),
        pytest.param(
            "MobileViTForImageClassification", "mobilevit/conv_stem", marks=pytest.mark.slow
        ),
        ("SegformerForImageClassification", "segformer/encoder/layer_norm.1"),
        ("SegformerForSemanticSegmentation", "segformer/encoder/layer_norm.1"),
    ],
)
def test_transformers(name, layer):
    tf.random.set_seed(1)
    model = configured(name)
    side = 64 if name.startswith(("Mobile", "Segformer")) else 32
    images = np.random.default_rng(0).uniform(size=(2, side, side, 3)).astype(np.float32)
    model(first(images))
    net = attrvis.load(model, preprocess="unit")
    assert net.size == (side, side)
    maps = "Semantic" in name

    def own(batch):
        scores = model(first(batch), training=False).logits
        return tf.transpose(scores, [0, 2, 3, 1]) if maps else scores

    check(net, images, own)
    tail = net.cut(layer)
    values, bypass = tail.head(tf.constant(images))
    assert np.abs(tail(values, bypass)["logits"] - net.run(images)["logits"]).max() < 1e-5
    if not maps:
        found = attrvis.attribute(
            net, list(images), target=1, layer=layer, baseline="zero", points=4
        )
        assert found.values.shape == values.shape


HUB = {
    "ResNet": {
        "input_conv_filters": [64], "input_conv_kernel_sizes": [7],
        "stackwise_num_filters": [64, 64], "stackwise_num_blocks": [1, 1],
        "stackwise_num_strides": [1, 2], "block_type": "basic_block", "image_shape": (32, 32, 3),
    },
    "ViT": {
        "image_shape": (32, 32, 3), "patch_size": 8, "num_layers": 2, "num_heads": 2,
        "hidden_dim": 16, "mlp_dim": 32,
    },
    "DenseNet": {
        "stackwise_num_repeats": [2, 2], "compression_ratio": 0.5, "growth_rate": 8,
        "image_shape": (32, 32, 3),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", HUB)
def test_keras_hub(name):
    hub = pytest.importorskip("keras_hub", reason="keras_hub is not installed")
    import keras

    keras.utils.set_random_seed(1)
    backbone = getattr(hub.models, f"{name}Backbone")(**HUB[name])
    model = getattr(hub.models, f"{name}ImageClassifier")(backbone=backbone, num_classes=CLASSES)
    images = np.random.default_rng(0).uniform(size=(2, 32, 32, 3)).astype(np.float32)
    net = attrvis.load(model, preprocess="unit")
    check(net, images, lambda batch: model(batch, training=False))
    if name != "ViT":
        assert sum(net.with_rule("guided").touched.values()) > 3
