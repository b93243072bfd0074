"""Channels-first graphs, held against the same weights with channels last, layer by layer."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.networks.layout import channels_last
from attrvis.networks.lowered import from_graph_def
from tests import toys

TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
HIGH, WIDE = 10, 12
RNG = np.random.default_rng(4)
STEM = RNG.normal(0, 0.4, (3, 3, 3, 6)).astype(np.float32)
DEEP = RNG.normal(0, 0.2, (3, 3, 6, 6)).astype(np.float32)
ONE = RNG.normal(0, 0.4, (1, 1, 12, 8)).astype(np.float32)
DEPTH = RNG.normal(0, 0.4, (3, 3, 8, 1)).astype(np.float32)
UP = RNG.normal(0, 0.3, (2, 2, 5, 8)).astype(np.float32)
BIAS, SCALE, MEAN = (RNG.uniform(0.2, 1.0, 6).astype(np.float32) for _ in range(3))
SQUEEZE = RNG.normal(0, 0.5, (8, 8)).astype(np.float32)
DENSE = RNG.normal(0, 0.3, (5 * 6 * 5, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def photos():
    return toys.noise(2, HIGH, WIDE, 3)


def turned(tensor, order=TO_LAST):
    return np.transpose(tensor, order) if np.ndim(tensor) == 4 else np.asarray(tensor)


def written(first):
    """Write one network with its channels first or last; every node has the same name."""
    format_, channel = ("NCHW", 1) if first else ("NHWC", 3)
    rows, columns = (2, 3) if first else (1, 2)

    def four(down, across):
        return [1, 1, down, across] if first else [1, down, across, 1]

    def per_channel(values, name):
        shape = [len(values), 1, 1] if first else [len(values)]
        return tf.constant(np.reshape(values, shape), name=name)

    def padded(x):
        pads = np.zeros((4, 2), np.int32)
        pads[rows], pads[columns] = (1, 0), (2, 1)
        return tf.pad(x, pads, name="pad")

    def build(images):
        x = tf.nn.conv2d(images, STEM, four(1, 2), "SAME", format_, name="stem")
        x = tf.nn.bias_add(x, BIAS, format_, name="bias")
        x, _, _ = tf.compat.v1.nn.fused_batch_norm(
            x, SCALE, BIAS, MEAN, SCALE, data_format=format_, is_training=False, name="norm"
        )
        stem = tf.nn.relu(x, name="stem_relu")
        side = tf.nn.max_pool2d(stem, four(3, 2), four(1, 1), "SAME", format_, name="pool")
        pads = [[0, 0], [0, 0], [1, 2], [0, 3]] if first else [[0, 0], [1, 2], [0, 3], [0, 0]]
        x = tf.nn.conv2d(side, DEEP, 1, pads, format_, name="explicit")
        x = x[:, :, 1:, :-1] if first else x[:, 1:, :-1]
        x = tf.identity(x, name="sliced")
        x = tf.add(x, stem, name="join") * per_channel(SCALE, "scales")
        x = tf.concat([x, side], channel, name="mix")
        x = tf.nn.relu(tf.nn.conv2d(x, ONE, 1, "SAME", format_), name="reduced")
        gate = tf.sigmoid(tf.reduce_mean(x, [rows, columns], name="squeeze") @ SQUEEZE)
        gate = tf.reshape(gate, [-1, 8, 1, 1] if first else [-1, 1, 1, 8], name="gate")
        x = tf.multiply(x, gate, name="excited")
        centre = tf.reduce_mean(x, [rows, columns], keepdims=True, name="centre")
        x = tf.nn.silu(x - 0.3 * centre)
        x = tf.nn.depthwise_conv2d(padded(x), DEPTH, four(2, 2), "SAME", format_, name="depth")
        x = tf.nn.avg_pool2d(x, four(2, 2), four(2, 2), "VALID", format_, name="mean")
        shape = tf.shape(x)
        high, wide = 2 * shape[rows], 2 * shape[columns]
        size = [shape[0], *((5, high, wide) if first else (high, wide, 5))]
        x = tf.nn.conv2d_transpose(x, UP, tf.stack(size), four(2, 2), "SAME", format_, name="up")
        x = tf.concat(tf.split(x, 2, columns)[::-1], columns, name="swapped")
        x = tf.nn.leaky_relu(x, name="last")
        x = tf.transpose(x, TO_LAST) if first else x
        flat = tf.reshape(tf.image.resize(x, (5, 6)), [-1, 150], name="flat")
        tf.nn.softmax(tf.matmul(flat, DENSE, name="scores"), name="predictions")

    return toys.graph_def(build, (None, 3, HIGH, WIDE) if first else (None, HIGH, WIDE, 3))


NAMED = ["stem", "bias", "norm", "stem_relu", "pool", "explicit", "sliced", "join", "mix",
         "reduced", "gate", "excited", "centre", "pad", "depth", "mean", "up", "swapped", "last",
         "flat"]  # fmt: skip


@pytest.fixture(scope="module")
def twins():
    return tuple(
        attrvis.load(written(first), preprocess="unit", logits="scores") for first in (True, False)
    )


def slope(net, photos, middle=None):
    values = tf.constant(photos)
    if middle is not None:
        tail = net.cut(middle)
        values, beside = tail.head(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        logits = net.run(values)["logits"] if middle is None else tail(values, beside)["logits"]
        top = tf.reduce_sum(logits[:, 1])
    return tape.gradient(top, values).numpy()


def test_every_layer_is_that_of_the_twin(twins, photos):
    first, last = (net.run(photos, [*NAMED, "logits"]) for net in twins)
    for name in first:
        np.testing.assert_allclose(first[name], last[name], atol=1e-5, err_msg=name)
    shapes = [{layer.name: layer.shape for layer in net.layers} for net in twins]
    assert {name: shapes[0][name] for name in NAMED} == {name: shapes[1][name] for name in NAMED}
    assert twins[0].image_size == (HIGH, WIDE)
    assert twins[0].layer("input").shape == (None, HIGH, WIDE, 3)


def test_only_the_gate_is_turned(twins):
    nodes = twins[0].lowered.graph_def.node
    assert [node.name for node in nodes if node.op == "Transpose"] == ["gate"]
    assert not any(layer.name.endswith("channels_first") for layer in twins[0].layers)


def test_gradients_are_those_of_the_twin(twins, photos):
    for middle in (None, "join", "reduced", "up"):
        first, last = (slope(net, photos, middle) for net in twins)
        assert np.abs(last).max() > 1e-4
        np.testing.assert_allclose(first, last, atol=1e-5)


def test_edits_are_those_of_the_twin(twins, photos):
    noise = toys.noise(*twins[1].run(photos, ["mix"])["mix"].shape)
    edits = {"mix": noise, "last": lambda x: x * np.linspace(0, 1, 5, dtype=np.float32)}
    first, last = (net.run(photos, ["logits", "depth"], edits) for net in twins)
    for name in first:
        np.testing.assert_allclose(first[name], last[name], atol=1e-5)
    assert np.abs(last["logits"] - twins[1].run(photos)["logits"]).max() > 1e-2


def test_rules_and_precision_are_those_of_the_twin(twins, photos):
    for change in ("guided", "linear"):
        first, last = (slope(net.with_rule(change), photos) for net in twins)
        np.testing.assert_allclose(first, last, atol=1e-5)
    first, last = (net.with_precision("bfloat16").run(photos)["logits"] for net in twins)
    np.testing.assert_allclose(first, last, atol=0.05)


def conv(images):
    return tf.nn.conv2d(images, STEM, 1, "SAME")


VALUES = {n: RNG.normal(size=n).astype(np.float32) for n in (6, 10, 12)}
FULL = RNG.normal(size=(1, 6, HIGH, WIDE)).astype(np.float32)

# Each takes [B, 6, 10, 12] and gives what TensorFlow computes on any processor.
ABSORBED = {
    "scalar": lambda x: 2.0 * x,
    "one": lambda x: x + tf.constant([0.5]),
    "columns": lambda x: x * VALUES[12],
    "rows": lambda x: VALUES[10][:, None] - x,
    "channels": lambda x: tf.maximum(x, VALUES[6][:, None, None]),
    "channels of one": lambda x: x / VALUES[6][None, :, None, None],
    "full": lambda x: tf.where(x > FULL, x, FULL),
    "where by image": lambda x: tf.raw_ops.Select(
        condition=tf.reduce_mean(x, [1, 2, 3]) > 0, x=x, y=-x
    ),
    "sum": lambda x: tf.add_n([x, tf.nn.relu(x), tf.exp(x)]),
    "clip": lambda x: tf.clip_by_value(x, -0.1, 0.2),
    "cast": lambda x: tf.cast(tf.cast(x > 0, tf.int32), tf.float32),
    "max of channels": lambda x: tf.reduce_max(x, 1),
    "mean of maps": lambda x: tf.reduce_mean(x, [-1, -2]),
    "std of maps": lambda x: tf.sqrt(tf.nn.moments(x, [2, 3])[1]),
    "norm": lambda x: x / tf.sqrt(tf.reduce_sum(x * x, axis=1, keepdims=True)),
    "pad": lambda x: tf.pad(x, [[0, 0], [1, 0], [2, 0], [0, 3]], constant_values=0.7),
    "mirror": lambda x: tf.pad(x, [[0, 0], [0, 0], [2, 1], [0, 3]], "REFLECT"),
    "squeeze": lambda x: tf.squeeze(tf.reduce_max(x, [2, 3], keepdims=True), [2, 3]),
    "squeeze channel": lambda x: tf.squeeze(tf.reduce_max(x, [1], keepdims=True), [-3]),
    "split": lambda x: tf.concat(tf.split(x, [1, 2, 3], 1)[::-1], 1),
    "slice": lambda x: tf.slice(x, [0, 1, 2, 3], [-1, 4, -1, 7]),
    "row": lambda x: x[:, 2, 1:-1, ::2],
    "strided maps": lambda x: x[:, 1:5, ::-1, :-3],
    "corner": lambda x: x[:, :, 0, 3],
    "one channel": lambda x: x[:, 4],
    "gather": lambda x: tf.gather(x, [5, 0, 3], axis=1),
    "reverse": lambda x: tf.reverse(x, [-1, 1]),
    "roll": lambda x: tf.roll(x, [2, -1], [2, 3]),
    "cumsum": lambda x: tf.cumsum(x, 2),
    "tile": lambda x: tf.tile(x, [1, 2, 1, 3]),
    "broadcast": lambda x: tf.broadcast_to(tf.reduce_max(x, 1, keepdims=True), tf.shape(x)),
    "by its size": lambda x: x / tf.cast(tf.size(x) * tf.rank(x) * tf.shape(x)[2], tf.float32),
    "nearest": lambda x: tf.transpose(tf.image.resize(tf.transpose(x, TO_LAST), (5, 4)), TO_FIRST),
    "other order": lambda x: tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [-1, 720]),
    "to last": lambda x: tf.reshape(tf.transpose(x, TO_LAST), [-1, 720]),
}
SURROUNDED = {
    "flatten": lambda x: tf.reshape(x, [-1, 720]),
    "rows of pixels": lambda x: tf.nn.softmax(x),
    "mean of columns": lambda x: tf.reduce_mean(x, 3),
    "first image": lambda x: x[0] + 0.0 * tf.reduce_sum(x),
    "column": lambda x: x[:, ::2, 1:-1, 3],
    "ellipsis": lambda x: x[..., None, 2:],
    "matmul": lambda x: tf.matmul(x, x, transpose_b=True),
    "unpacked": lambda x: tf.stack(tf.unstack(x, axis=1)[:3], 2),
    "five axes": lambda x: x[:, None] * x[:, :, None],
    "einsum": lambda x: tf.einsum("bchw,cd->bdhw", x, SQUEEZE[:6]),
}


def held(graph_def):
    return {node.op for node in graph_def.node}


@pytest.mark.parametrize("case", [*ABSORBED, *SURROUNDED])
def test_an_op_on_channels_first_maps(photos, case):
    op = ABSORBED.get(case) or SURROUNDED[case]

    def build(images):
        x = tf.nn.conv2d(images, STEM, 1, "SAME", "NCHW", name="conv")
        tested = tf.identity(op(x), name="tested")
        rest = tf.range(1, tf.rank(tested))
        parts = [tf.reduce_mean(x, [2, 3]), tf.reduce_mean(tested**2, rest)[:, None]]
        if case != "first image":
            tf.concat(parts, 1, name="scores")
        else:
            tf.add(parts[0], tf.reduce_mean(tested), name="scores")

    made = toys.graph_def(build, (None, 3, HIGH, WIDE))
    net = attrvis.load(made, preprocess="unit", logits="scores")
    # A graph's own names are layers here, so the tensor is read whatever its rank.
    found = net.lowered, net.run(photos, ["conv", "tested"])
    maps = conv(photos)
    np.testing.assert_allclose(found[1]["conv"], maps, atol=1e-5)
    expected = op(tf.transpose(maps, TO_FIRST)).numpy()
    as_it_was = case in SURROUNDED
    np.testing.assert_allclose(
        found[1]["tested"], expected if as_it_was else turned(expected), atol=2e-5
    )
    turns = [n.name for n in found[0].graph_def.node if n.op == "Transpose"]
    varying = [n for n in turns if "conv" in n or "tested" in n]
    assert bool(varying) == (case in SURROUNDED), varying


def test_what_only_its_reader_tells_is_turned_too(photos):
    """A channel shuffle is made by reshapes; that it gives maps, the pool behind it says."""

    def build(images):
        x = tf.nn.conv2d(images, STEM, 1, "SAME", "NCHW", name="conv")
        x = tf.transpose(tf.reshape(x, [-1, 2, 3, HIGH, WIDE]), [0, 2, 1, 3, 4])
        x = tf.nn.relu(tf.reshape(x, [-1, 6, HIGH, WIDE], name="shuffled"), name="relu")
        x = tf.nn.max_pool2d(x, 2, 2, "VALID", "NCHW", name="pool")
        several = tf.unstack(tf.stack([x, 2 * x]), name="unstacked")
        x = tf.nn.avg_pool2d(several[1], 2, 2, "VALID", "NCHW", name="second")
        tf.reduce_mean(x, [2, 3], name="scores")

    net = attrvis.load(toys.graph_def(build, (None, 3, HIGH, WIDE)), preprocess="unit")
    found = net.run(photos, ["shuffled", "relu", "pool", "unstacked:1", "second", "logits"])
    shuffled = conv(photos).numpy()[..., [0, 3, 1, 4, 2, 5]]
    pool = tf.nn.max_pool2d(tf.nn.relu(shuffled), 2, 2, "VALID")
    second = tf.nn.avg_pool2d(2 * pool, 2, 2, "VALID")
    wanted = [shuffled, tf.nn.relu(shuffled), pool, 2 * pool, second]
    for name, expected in zip(found, [*wanted, tf.reduce_mean(second, [1, 2])], strict=True):
        np.testing.assert_allclose(found[name], expected, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("outside", ["NHWC", "NCHW"])
def test_transpositions_around_convolutions_are_absorbed(photos, outside):
    """Exports for processors turn each map for its convolution and back."""

    def around(x, kernel, name):
        x = tf.nn.conv2d(tf.transpose(x, TO_LAST), kernel, 1, "SAME")
        return tf.transpose(x, TO_FIRST, name=name)

    def build(images):
        x = images if outside == "NCHW" else tf.transpose(images, TO_FIRST)
        x = around((x - 0.2) * 2.0, STEM, "stem")
        if outside == "NHWC":
            x = tf.nn.max_pool2d(x, 3, 1, "SAME", "NCHW")
        x = tf.nn.relu(x + BIAS[:, None, None], name="relu")
        tf.reduce_mean(around(x, DEEP, "deep"), [2, 3], name="scores")

    shape = (None, HIGH, WIDE, 3) if outside == "NHWC" else (None, 3, HIGH, WIDE)
    net = attrvis.load(toys.graph_def(build, shape), preprocess="unit")
    assert "Transpose" not in held(net.lowered.graph_def)
    assert net.image_size == (HIGH, WIDE)
    stem = conv((photos - 0.2) * 2.0)
    if outside == "NHWC":
        stem = tf.nn.max_pool2d(stem, 3, 1, "SAME")
    relu = tf.nn.relu(stem + BIAS)
    deep = tf.nn.conv2d(relu, DEEP, 1, "SAME")
    found = net.run(photos, ["relu", "deep", "logits"])
    for name, expected in (("relu", relu), ("deep", deep), ("logits", np.mean(deep, (1, 2)))):
        np.testing.assert_allclose(found[name], expected, atol=1e-5)


def untouched(lowered):
    before = lowered.graph_def.SerializeToString(deterministic=True)
    assert channels_last(lowered) is lowered
    assert lowered.graph_def.SerializeToString(deterministic=True) == before


def test_a_graph_with_channels_last_stays_what_it_is(frozen_twig):
    untouched(from_graph_def(frozen_twig))
    untouched(from_graph_def(written(False), output="scores"))

    def build(images):
        x = tf.transpose(conv(images), TO_FIRST)
        x = tf.matmul(x, tf.transpose(tf.nn.relu(x), [0, 1, 3, 2]))
        x = tf.matmul(tf.transpose(x, TO_LAST), SQUEEZE[:6])
        tf.reduce_mean(x, [1, 2], name="scores")

    untouched(from_graph_def(toys.graph_def(build, (None, HIGH, WIDE, 3))))


def test_large_scales_stay_live(photos):
    scales = RNG.normal(size=(1, 1200, 1, 1)).astype(np.float32)
    wide = RNG.normal(size=(1, 1, 3, 1200)).astype(np.float32)

    def build(images):
        x = tf.nn.conv2d(images, wide, 1, "SAME", "NCHW") * scales
        tf.reduce_mean(tf.nn.relu(x, name="relu"), [2, 3], name="scores")

    net = attrvis.load(toys.graph_def(build, (None, 3, HIGH, WIDE)), preprocess="unit")
    expected = tf.nn.relu(tf.nn.conv2d(photos, wide, 1, "SAME") * scales.ravel())
    np.testing.assert_allclose(net.run(photos, ["relu"])["relu"], expected, atol=1e-5)
    for variable in net.lowered.variables().values():
        variable.write(2 * variable.read())
    np.testing.assert_allclose(net.run(photos, ["relu"])["relu"], 4 * expected, atol=1e-4)
