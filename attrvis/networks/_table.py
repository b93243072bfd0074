"""The doors through which networks come in; the first that accepts a source opens it."""

from __future__ import annotations

from dataclasses import dataclass

from attrvis.tables import Row, Table


@dataclass(frozen=True)
class DoorRow(Row):
    """A door, and what is written to go through it.

    Args:
        example: a source as the user writes it.
    """

    example: str = ""


DOORS = Table(
    "doors",
    [
        DoorRow(
            "embedded",
            "attrvis.networks.embedded.door:DOOR",
            "the small network that comes with attrvis",
            example='load("embedded")',
        ),
        DoorRow(
            "keras.applications",
            "attrvis.networks.applications:DOOR",
            "a network of keras.applications by name",
            example='load("keras:MobileNetV2?weights=FILE&alpha=1.0")',
        ),
        DoorRow(
            "tf-slim",
            "attrvis.networks.slim:DOOR",
            "a network of TF-Slim by name, with a checkpoint (needs attrvis[slim])",
            example='load("slim:resnet_v1_50?checkpoint=model.ckpt")',
        ),
        DoorRow(
            "meta graph",
            "attrvis.networks.checkpoint:DOOR",
            "a TensorFlow 1 meta graph beside its checkpoint",
            example='load("model.ckpt.meta", logits="logits")',
        ),
        DoorRow(
            "hub",
            "attrvis.networks.hub:DOOR",
            "a TensorFlow Hub handle or archive, or a hub.KerasLayer",
            example='load("https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5")',
        ),
        DoorRow(
            "keras",
            "attrvis.networks.keras:DOOR",
            "a Keras 3 or tf_keras model",
            example="load(model)",
        ),
        DoorRow(
            "keras file",
            "attrvis.networks.keras_files:DOOR",
            "a .keras or .h5 file of Keras 3 or Keras 2",
            example='load("model.keras")',
        ),
        DoorRow(
            "saved model",
            "attrvis.networks.saved_model:DOOR",
            "a SavedModel folder, or what tf.saved_model.load or hub.load gave",
            example='load("folder/")',
        ),
        DoorRow(
            "frozen graph",
            "attrvis.networks.frozen:DOOR",
            "a frozen graph (.pb), of TF-Slim or another, or a GraphDef",
            example='load("mobilenet_v1.pb", preprocess="tf")',
        ),
        DoorRow(
            "function",
            "attrvis.networks.traced:DOOR",
            "a Python function of TensorFlow ops from images to scores",
            example="load(lambda images: model(images)[0], size=224)",
        ),
    ],
    kind="door",
)
