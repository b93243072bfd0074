"""The embedded network: its graph, its file, how it is folded, and what it gets right."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest
import tensorflow as tf

from attrvis.networks.embedded.architecture import (
    PLAN,
    Mixed,
    Plan,
    Pool,
    Unit,
    layer_names,
    shapes,
)
from attrvis.networks.embedded.network import (
    EmbeddedGraph,
    build,
    graph_of,
    packaged_labels,
    packaged_weights,
)

OPS = {
    "Placeholder", "Const", "Conv2D", "BiasAdd", "Relu", "MaxPool", "AvgPool", "ConcatV2", "Mean",
    "MatMul",
}  # fmt: skip
SIDES = {"conv1": 32, "conv2": 32, "mixed3": 16, "mixed4": 8, "mixed5": 4}
TINY: Plan = (
    Unit("conv1", 5, 6, stride=2),
    Pool("pool1"),
    Mixed("mixed2a", 4, (3, 5), (2, 3), 2),
    Mixed("mixed2b", 3, (4, 4), (3, 4), 3),
)


@pytest.fixture(scope="module")
def embedded() -> EmbeddedGraph:
    return build()


def run(graph_def: tf.compat.v1.GraphDef, images: np.ndarray, *names: str) -> list[np.ndarray]:
    def imported(value: tf.Tensor) -> list[tf.Tensor]:
        wanted = [f"{name}:0" for name in names]
        return tf.graph_util.import_graph_def(
            graph_def, input_map={"input": value}, return_elements=wanted
        )

    spec = tf.TensorSpec((None, None, None, 3), tf.float32)
    return [v.numpy() for v in tf.compat.v1.wrap_function(imported, [spec])(tf.constant(images))]


def pictures(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(*shape, 3)).astype(np.float32)


def test_every_layer_has_its_shape(embedded):
    layers = embedded.layers
    assert layers == layer_names(PLAN)
    values = dict(zip(layers, run(embedded.graph_def, pictures(2, 64, 64), *layers), strict=True))
    depth = shapes(PLAN, 120)["logits"][0]
    assert values.pop("avgpool").shape == (2, depth)
    assert values.pop(embedded.logits).shape == (2, 120)
    for name, value in values.items():
        side = SIDES[name if name.startswith("conv") else name[:-1]]
        assert value.shape[:3] == (2, side, side), name


def test_a_layer_is_what_its_relu_gives(embedded):
    nodes = {node.name: node for node in embedded.graph_def.node}
    for name in embedded.layers[:-2]:
        if nodes[name].op == "ConcatV2":
            assert {nodes[source].op for source in nodes[name].input[:-1]} == {"Relu"}
        else:
            assert nodes[name].op == "Relu"


def test_only_plain_ops_occur(embedded):
    assert {node.op for node in embedded.graph_def.node} <= OPS
    (fed,) = [node for node in embedded.graph_def.node if node.op == "Placeholder"]
    assert fed.name == embedded.input


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (131, 77)])
def test_any_size_fits(embedded, size):
    scores, mixed = run(embedded.graph_def, pictures(1, *size), "logits", "mixed3b")
    assert scores.shape == (1, 120)
    assert mixed.shape[1:3] == tuple(-(-side // 4) for side in size)
    assert np.isfinite(scores).all()


def test_a_picture_alone_equals_itself_in_a_batch(embedded):
    batch = pictures(3, 64, 64)
    together = run(embedded.graph_def, batch, "logits")[0]
    alone = run(embedded.graph_def, batch[1:2], "logits")[0]
    np.testing.assert_allclose(together[1:2], alone, atol=1e-5 * np.abs(together).max())


def test_labels_are_what_a_user_types():
    labels = packaged_labels()
    assert len(labels) == len(set(labels)) == 120
    assert {"tabby", "golden retriever", "sports car"} <= set(labels)


def test_the_file_is_small_and_of_half_precision():
    with resources.as_file(resources.files("attrvis.networks.embedded") / "weights.npz") as path:
        assert path.stat().st_size <= 6_000_000
        with np.load(path, allow_pickle=False) as stored:
            kinds = {name.split("/")[1]: stored[name].dtype for name in stored.files}
    assert kinds == {"weights": np.float16, "bias": np.float32}


def test_weights_fit_the_plan():
    weights = packaged_weights()
    for name, shape in shapes(PLAN, 120).items():
        assert weights[f"{name}/weights"].shape == shape
        assert weights[f"{name}/bias"].shape == shape[-1:]
    assert len(weights) == 2 * len(shapes(PLAN, 120))
    assert all(value.dtype == np.float32 for value in weights.values())


def test_folding_changes_nothing():
    trainable = pytest.importorskip("tools.embedded.trainable", reason="no tools in this checkout")
    generator = np.random.default_rng(3)
    # Scales and offsets away from 1 and 0, or a fold that forgets them would pass.
    parameters = {
        name: value
        + (generator.uniform(-0.3, 0.3, value.shape) if name.endswith(("scale", "offset")) else 0)
        for name, value in trainable.initial(TINY, 7, seed=1).items()
    }
    parameters = {name: value.astype(np.float32) for name, value in parameters.items()}
    images = pictures(32, 48, 48)
    expected, _ = trainable.scores(parameters, tf.constant(images), plan=TINY)
    moments = trainable.estimate(parameters, lambda _: tf.constant(images), batches=2, plan=TINY)
    graph_def = graph_of(trainable.folded(parameters, moments), TINY)
    found = run(graph_def, images, "logits")[0]
    # The op reports the unbiased variance and normalises by the biased one: 1 in 32 * 12 * 12.
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


def test_storing_keeps_half_precision(tmp_path):
    export = pytest.importorskip("tools.embedded.export", reason="no tools in this checkout")
    weights = {"a/weights": pictures(3, 4), "a/bias": pictures(5)}
    export.write_weights(tmp_path / "weights.npz", weights)
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as stored:
        np.testing.assert_array_equal(stored["a/bias"], weights["a/bias"])
        np.testing.assert_allclose(stored["a/weights"], weights["a/weights"], rtol=1e-3, atol=1e-6)


@pytest.mark.data
def test_it_recognises_real_photos(data, embedded):
    photos = pytest.importorskip("tools.embedded.photos", reason="no tools in this checkout")
    export = pytest.importorskip("tools.embedded.export", reason="no tools in this checkout")
    val = photos.read_pack(data, parts=("val",)).val
    some = photos.Photos(val.images[::6], val.labels[::6])
    top1 = export.accuracy(embedded.graph_def, some)
    assert top1 >= 0.60
