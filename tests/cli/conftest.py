"""A small frozen network with labels, and the command line run in process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

LABELS = ("tench, Tinca tinca", "tabby, tabby cat", "lynx, catamount", "vase", "teapot")


def small_graph(size: int = 32, side: bool = False) -> Any:
    """Build a frozen graph: two convolutions, a pooled classifier, a softmax, maybe a branch."""
    import tensorflow as tf

    tf1, draw = tf.compat.v1, np.random.default_rng(3)

    def weights(*shape: int) -> Any:
        return tf.constant(draw.normal(0, 0.6, shape).astype(np.float32))

    with tf.Graph().as_default() as graph:
        x = tf1.placeholder(tf.float32, [None, size, size, 3], name="input")
        x = tf.nn.relu(tf.nn.conv2d(x, weights(3, 3, 3, 8), 2, "SAME"), name="conv1")
        y = tf.nn.relu(tf.nn.conv2d(x, weights(3, 3, 8, 12), 2, "SAME"), name="mixed2")
        logits = tf.matmul(tf.reduce_mean(y, [1, 2]), weights(12, 5), name="scores")
        tf.nn.softmax(logits, name="softmax")
        if side:
            tf.nn.relu(tf.nn.conv2d(x, weights(1, 1, 8, 4), 1, "SAME"), name="side")
    return graph.as_graph_def()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("a model") / "small net.pb"
    path.write_bytes(small_graph().SerializeToString())
    return path


@pytest.fixture(scope="session")
def branched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("branched") / "branched.pb"
    path.write_bytes(small_graph(side=True).SerializeToString())
    return path


@pytest.fixture(scope="session")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("words") / "labels.txt"
    path.write_text("\n".join(LABELS), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "my photo.png"
    rows, columns = np.mgrid[0:40, 0:48] / 47
    pixels = np.stack([rows, columns, 1 - rows * columns], -1)
    Image.fromarray((255 * pixels).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run `attrvis` with the words given, in an empty current folder."""
    from attrvis.cli.app import attrvis

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATTRVIS_DEBUG", raising=False)

    def invoke(*words: Any) -> Result:
        return CliRunner().invoke(attrvis, [str(word) for word in words])

    return invoke


@pytest.fixture
def refused(run: Callable[..., Result], tmp_path: Path) -> Callable[..., str]:
    """Run `attrvis`, check that it refuses as it should, and give the line that it says."""

    def invoke(*words: Any, status: int = 2) -> str:
        before = sorted(tmp_path.rglob("*"))
        result = run(*words)
        assert result.exit_code == status, result.output
        assert result.stdout == ""
        lines = [line for line in result.stderr.splitlines() if "attrvis: note:" not in line]
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith("attrvis: ")
        assert "Traceback" not in result.stderr
        assert sorted(tmp_path.rglob("*")) == before, "a refused command left something behind"
        return lines[0].removeprefix("attrvis: ")

    return invoke
