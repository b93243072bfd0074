"""One network through every door: the same numbers everywhere."""

from __future__ import annotations

import functools
import http.server
import tarfile
import threading
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError, UnknownName
from attrvis.networks._table import DOORS
from tests import toys

SIDE = toys.KERAS_SIDE


def parts(package: Any) -> list[Any]:
    """Make the layers of one small network, of Keras 3 or of tf_keras."""
    layers = package.layers
    return [
        layers.Conv2D(6, 3, padding="same", activation="relu", name="stem"),
        layers.Conv2D(8, 3, strides=2, padding="same", name="middle"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="act"),
        layers.Dropout(0.5, name="drop"),
        layers.GlobalAveragePooling2D(name="pool"),
        layers.Dense(5, activation="softmax", name="scores"),
    ]


def with_weights(model: Any, layers: list[Any]) -> Any:
    """Fill the layers one by one: models of different kinds list their weights differently."""
    rng = np.random.default_rng(5)
    for layer in layers:
        layer.set_weights(
            [
                rng.uniform(0.2, 0.9, w.shape)
                if w.ndim == 1
                else rng.normal(0, 1.5 / np.sqrt(np.prod(w.shape[:-1])), w.shape)
                for w in layer.get_weights()
            ]
        )
    return model


def functional(package: Any) -> Any:
    layers = parts(package)
    images = value = package.Input((SIDE, SIDE, 3))
    for layer in layers:
        value = layer(value)
    return with_weights(package.Model(images, value), layers)


def nested(package: Any) -> Any:
    layers = parts(package)
    inside = value = package.Input((SIDE, SIDE, 3))
    for layer in layers[:-2]:
        value = layer(value)
    backbone = package.Model(inside, value, name="backbone")
    images = package.Input((SIDE, SIDE, 3))
    pool, scores = layers[-2:]
    return with_weights(package.Model(images, scores(pool(backbone(images)))), layers)


def sequential(package: Any) -> Any:
    layers = parts(package)
    made = package.Sequential(layers)
    made(tf.zeros([1, SIDE, SIDE, 3]))
    return with_weights(made, layers)


def subclassed(package: Any) -> Any:
    class Own(package.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.steps = parts(package)

        def call(self, images: Any, training: bool = False) -> Any:
            for step in self.steps:
                images = step(images, training=training) if step.name == "drop" else step(images)
            return images

    made = Own()
    made(tf.zeros([1, SIDE, SIDE, 3]))
    return with_weights(made, list(made.steps))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import keras

    model = functional(keras)
    path = tmp_path_factory.mktemp("saved") / "model"
    spec = tf.TensorSpec([None, SIDE, SIDE, 3], tf.float32, name="images")
    module = tf.Module()
    module.model = model
    module.scores = tf.function(
        lambda images: {"scores": model(images, training=False)}, input_signature=[spec]
    )
    tf.saved_model.save(module, str(path), signatures=module.scores)
    return path


@pytest.fixture(scope="module")
def archive(folder):
    path = folder.parent / "model.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        made.add(folder, arcname=".")
    return path


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFHUB_CACHE_DIR", str(tmp_path_factory.mktemp("hub")))
        yield


@pytest.fixture(scope="module")
def served(archive):
    """Serve the archive from a loopback address, as tfhub.dev serves its modules."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.path = self.path.split("?")[0]
            super().do_GET()

    handler = functools.partial(Handler, directory=str(archive.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/model.tar.gz"
        server.shutdown()


@pytest.fixture(scope="module")
def sources(folder, archive, served, tmp_path_factory):
    import keras
    import tensorflow_hub
    import tf_keras

    flat = functional(keras)
    files = tmp_path_factory.mktemp("files")
    flat.save(files / "three.keras")
    old = functional(tf_keras)
    old.save(files / "two.h5")
    frozen = files / "frozen.pb"
    frozen.write_bytes(toys.frozen(flat).SerializeToString())
    return {
        "functional": flat,
        "nested": nested(keras),
        "sequential": sequential(keras),
        "subclassed": subclassed(keras),
        "tf_keras": old,
        "tf_keras nested": nested(tf_keras),
        "tf_keras subclassed": subclassed(tf_keras),
        "keras file": files / "three.keras",
        "keras 2 file": str(files / "two.h5"),
        "saved model": folder,
        "loaded": tf.saved_model.load(str(folder)),
        "hub archive": str(archive),
        "hub address": served,
        "hub layer": tensorflow_hub.KerasLayer(
            str(folder), signature="serving_default", output_key="scores"
        ),
        "frozen file": frozen,
        "graph": toys.frozen(flat),
        "function": lambda images: flat(images, training=False),
        "concrete": tf.function(lambda x: flat(x, training=False)).get_concrete_function(
            tf.TensorSpec([None, SIDE, SIDE, 3])
        ),
    }


WRAPPINGS = (
    "functional", "nested", "sequential", "subclassed", "tf_keras", "tf_keras nested",
    "tf_keras subclassed", "keras file", "keras 2 file", "saved model", "loaded", "hub archive",
    "hub address", "hub layer", "frozen file", "graph", "function", "concrete",
)  # fmt: skip


@pytest.fixture(scope="module", params=WRAPPINGS)
def opened(request, sources):
    return attrvis.load(sources[request.param], preprocess="tf", size=SIDE)


@pytest.fixture(scope="module")
def flat(sources):
    return attrvis.load(sources["functional"], preprocess="tf")


def last_relu(net):
    """Name the layer before the pooling, whatever this wrapping calls it."""
    return [layer.name for layer in net.layers if layer.kind == "Relu"][-1]


def close(found, expected, share=1e-5):
    scale = np.abs(expected).max()
    return np.abs(np.asarray(found) - np.asarray(expected)).max() <= share * scale


def slopes(net, photos):
    """Give the gradients of a logit at the pixels and at the last ReLU."""
    images = tf.constant(photos)
    layer = last_relu(net)
    values = net.run(images, [layer])[layer]
    with tf.GradientTape() as tape:
        tape.watch([images, values])
        from_pixels = net.run(images)["logits"][:, 2]
        from_layer = net.run(photos, edit={layer: values})["logits"][:, 2]
    return tape.gradient([from_pixels, from_layer], [images, values])


def test_the_numbers_agree(opened, flat, photos):
    expected = flat.run(photos, ["logits", last_relu(flat)])
    found = opened.run(photos, ["logits", last_relu(opened)])
    for read, known in zip(found.values(), expected.values(), strict=True):
        assert close(read, known)
    for slope, known in zip(slopes(opened, photos), slopes(flat, photos), strict=True):
        assert close(slope, known, 1e-4)


def test_the_logits_are_before_the_softmax(opened, photos):
    logits = opened.run(photos)["logits"].numpy()
    assert not np.allclose(logits.sum(axis=1), 1.0)
    assert logits.shape == (3, 5)


def test_one_image_of_a_batch_is_the_image_alone(opened, photos):
    together = opened.run(photos)["logits"].numpy()
    alone = np.concatenate([opened.run(photos[i : i + 1])["logits"] for i in range(3)])
    assert close(together, alone)


@pytest.mark.parametrize("name", ["functional", "tf_keras", "loaded", "function", "hub layer"])
def test_weights_are_live_and_the_source_is_untouched(name, sources, photos):
    source = sources[name]
    net = attrvis.load(source, preprocess="tf", size=SIDE)
    before = net.run(photos)["logits"].numpy()
    captures = net._engine.lowered.captures.values()
    handles = [c for c in captures if isinstance(c, tf.Tensor) and c.dtype == tf.resource]
    assert len(handles) == 10
    if name in ("functional", "tf_keras"):
        weights = [w.copy() for w in source.get_weights()]
        assert all("call" not in layer.__dict__ for layer in source.layers)
        source.set_weights([w * 1.5 for w in weights])
        changed = net.run(photos)["logits"].numpy()
        source.set_weights(weights)
        assert not close(changed, before, 0.01)
    assert np.array_equal(net.run(photos)["logits"].numpy(), before)


def test_hub_knows_its_range(served):
    net = attrvis.load(served)
    assert net.preprocess.name == "unit"


def test_a_signature_that_is_not_there(folder):
    with pytest.raises(UnknownName, match="serving_default"):
        attrvis.load(folder, preprocess="tf", signature="serving_defautl")


def test_every_door_has_an_example():
    for row in DOORS:
        assert row.example.startswith("load(") and row.family
        assert callable(row.load().accepts)


def test_no_connection_is_said_in_one_line():
    with pytest.raises(ModelError, match="download its archive") as caught:
        attrvis.load("http://127.0.0.1:9/nothing.tar.gz")
    assert "\n" not in str(caught.value)
