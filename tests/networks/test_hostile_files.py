"""Model files that are damaged or mean harm: one clear line, nothing run, nothing written."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError
from tests import toys

MARK = "was_here"


class Bomb:
    """A pickle that would leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def refused(source, said="", **options):
    with pytest.raises(ModelError, match=said or None) as caught:
        attrvis.load(source, preprocess="unit", **options)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700


@pytest.mark.parametrize("name", ["model.h5", "model.keras", "model.pb"])
def test_a_pickle_under_another_name(tmp_path, name):
    mark = tmp_path / MARK
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(mark)))
    refused(tmp_path / name)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["model.h5", "model.keras", "model.pb", "saved_model.pb"])
@pytest.mark.parametrize("content", ["", "truncated", "zeros"])
def test_damaged_files(tmp_path, name, content):
    import keras

    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / name
    if name.endswith(("h5", "keras")):
        keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)]).save(path)
    else:
        path.write_bytes(toys.frozen(toys.keras_model()).SerializeToString())
    whole = path.read_bytes()
    path.write_bytes(
        {"": b"", "truncated": whole[: len(whole) // 3], "zeros": bytes(5000)}[content]
    )
    refused(folder if name == "saved_model.pb" else path)


def test_a_lambda_in_a_keras_archive(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Lambda(lambda x: x + 1)])
    model.save(tmp_path / "model.keras")
    refused(tmp_path / "model.keras", "Lambda layer, which is code")


def test_a_lambda_in_an_old_file(tmp_path):
    import tf_keras

    layers = tf_keras.layers
    model = tf_keras.Sequential([layers.Lambda(lambda x: x + 1, input_shape=(8, 8, 3))])
    model.save(tmp_path / "model.h5")
    refused(tmp_path / "model.h5", "Lambda layer, which is code")


def test_an_archive_with_a_config_like_a_bomb(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.0.0"}))
        archive.writestr("config.json", bytes(2**26 + 1))
    refused(path, "larger than 64 MB")


@pytest.mark.parametrize("member", ["../escaped.txt", "/tmp/attrvis-escaped.txt"])
def test_an_archive_that_would_leave_its_folder(tmp_path, monkeypatch, member):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"evil"))
    refused(path)
    assert not (tmp_path / "escaped.txt").exists()
    assert not Path("/tmp/attrvis-escaped.txt").exists()
    assert {p.name for p in tmp_path.iterdir()} <= {"cache", "model.tar.gz"}


def graph_with(op):
    """Make a frozen graph in which one op does what no network needs."""
    made = toys.frozen(toys.keras_model())
    node = made.node.add(name="extra", op=op)
    if op == "ReadFile":
        made.node.add(name="path", op="Const")
        path = next(n for n in made.node if n.name == "path")
        path.attr["dtype"].type = tf.string.as_datatype_enum
        path.attr["value"].tensor.CopyFrom(tf.make_tensor_proto("/etc/passwd"))
        node.input.append("path")
    return made


@pytest.mark.parametrize("op", ["ReadFile", "PyFunc", "RandomUniform", "FIFOQueueV2", "Print"])
def test_ops_that_no_network_needs(tmp_path, op):
    path = tmp_path / "model.pb"
    path.write_bytes(graph_with(op).SerializeToString())
    refused(path, f"op {op} ")


def test_a_saved_model_that_writes_files(tmp_path):
    class Writer(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3])])
        def __call__(self, images):
            tf.io.write_file(str(tmp_path / MARK), "x")
            return tf.reduce_mean(images, [1, 2])

    tf.saved_model.save(Writer(), str(tmp_path / "model"))
    refused(tmp_path / "model", "WriteFile .* writes files")
    assert not (tmp_path / MARK).exists()


class Saver(tf.Module):
    """A module that writes a checkpoint when it is called."""

    def __init__(self, prefix):
        super().__init__()
        self.prefix = str(prefix)

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3])])
    def __call__(self, images):
        tf.raw_ops.SaveV2(
            prefix=self.prefix, tensor_names=["a"], shape_and_slices=[""], tensors=[1.0]
        )
        return tf.reduce_mean(images, [1, 2])


def test_a_saved_model_that_saves_when_it_is_called(tmp_path):
    tf.saved_model.save(Saver(tmp_path / MARK), str(tmp_path / "model"))
    for left in tmp_path.glob(f"{MARK}*"):
        left.unlink()
    refused(tmp_path / "model", "op SaveV2 ")
    assert not list(tmp_path.glob(f"{MARK}*"))


def test_a_saved_model_of_tensorflow_1_that_saves_when_it_is_loaded(tmp_path):
    with tf.Graph().as_default():
        images = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3), name="images")
        scores = tf.reduce_mean(images, [1, 2])
        started = tf.raw_ops.SaveV2(
            prefix=str(tmp_path / MARK), tensor_names=["a"], shape_and_slices=[""], tensors=[1.0]
        )
        with tf.compat.v1.Session() as session:
            tf.compat.v1.get_variable("unused", (1,))
            session.run(tf.compat.v1.global_variables_initializer())
            tf.compat.v1.saved_model.simple_save(
                session, str(tmp_path / "model"), {"i": images}, {"s": scores},
                legacy_init_op=tf.group(started),
            )  # fmt: skip
    refused(tmp_path / "model", "op SaveV2 ")
    assert not list(tmp_path.glob(f"{MARK}*"))


def test_what_a_user_vouches_for_is_loaded(tmp_path):
    import keras

    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Lambda(lambda x: 2.0 * x),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, name="scores"),
        ]
    )
    model.save(tmp_path / "model.keras")
    net = attrvis.load(tmp_path / "model.keras", preprocess="unit", trust=True)
    photos = toys.noise(2, 8, 8, 3)
    expected = model(photos).numpy()
    assert np.abs(net.run(photos)["logits"].numpy() - expected).max() < 1e-5
