"""Small networks that the tests of several rooms share; their answers are known by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

import attrvis
from attrvis.networks import Network

KERAS_SIDE = 8


def graph_def(
    build: Callable[[tf.Tensor], Any], shape: tuple[int | None, ...], dtype: tf.DType = tf.float32
) -> tf.compat.v1.GraphDef:
    """Make a frozen graph: a placeholder `images` of the shape, and whatever `build` adds."""
    graph = tf.Graph()
    with graph.as_default():
        build(tf.compat.v1.placeholder(dtype, shape, name="images"))
    return graph.as_graph_def(add_shapes=False)


def network(
    build: Callable[[tf.Tensor], Any],
    height: int = 4,
    width: int = 4,
    channels: int = 3,
    **more: Any,
) -> Network:
    """Load a frozen graph made by `build`, whose one sink is its class scores."""
    made = graph_def(build, (None, height, width, channels))
    return attrvis.load(made, **{"preprocess": "unit", **more})


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    """Draw pictures, uniform in [0, 1]."""
    return np.random.default_rng(seed).uniform(size=shape).astype(np.float32)


def keras_model() -> Any:
    """Make a Keras model with branches, a residual, a shared layer, a nested model, a Dropout.

    8x8x3 -> stem -> left + stem = join; left | right = mix; shared twice; inner (nested);
    drop after act; mean; dense with softmax; 5 classes.
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    images = keras.Input((KERAS_SIDE, KERAS_SIDE, 3), name="photo")
    stem = layers.Conv2D(4, 3, padding="same", activation="relu", name="stem")(images)
    left = layers.Conv2D(4, 3, padding="same", activation="relu", name="left")(stem)
    join = layers.Add(name="join")([left, stem])
    right = layers.Conv2D(3, 1, name="right")(images)
    mix = layers.Concatenate(name="mix")([join, right])
    reduced = layers.Conv2D(4, 1, name="reduced")(mix)
    shared = layers.Conv2D(4, 3, padding="same", activation="relu", name="shared")
    twice = shared(shared(reduced))
    inside = keras.Input((KERAS_SIDE, KERAS_SIDE, 4))
    deep = layers.Conv2D(6, 3, strides=2, padding="same", name="deep")(inside)
    inner = keras.Model(inside, layers.BatchNormalization(name="norm")(deep), name="inner")
    act = layers.ReLU(name="act")(inner(twice))
    dropped = layers.Dropout(0.5, name="drop")(act)
    pooled = layers.GlobalAveragePooling2D(name="pool")(dropped)
    scores = layers.Dense(5, activation="softmax", name="scores")(pooled)
    model = keras.Model(images, scores, name="twig")
    rng = np.random.default_rng(3)
    # Weights as large as these keep every layer away from zero, and the scores of ordinary size.
    model.set_weights(
        [
            rng.uniform(0.1, 0.5, w.shape)
            if w.ndim == 1
            else rng.normal(0, 1.2 / np.sqrt(np.prod(w.shape[:-1])), w.shape)
            for w in model.get_weights()
        ]
    )
    return model


def frozen(model: Any, side: int = KERAS_SIDE) -> tf.compat.v1.GraphDef:
    """Freeze a Keras model as TensorFlow itself does."""
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    spec = tf.TensorSpec((None, side, side, 3), tf.float32, name="photo")
    traced = tf.function(lambda photo: model(photo, training=False)).get_concrete_function(spec)
    return convert_variables_to_constants_v2(traced).graph.as_graph_def()


def two(*pairs: tuple[float, float]) -> np.ndarray:
    """Write pairs of numbers as images of one pixel with two channels."""
    return np.asarray(pairs, np.float32)[:, None, None, :]
