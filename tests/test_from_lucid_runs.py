"""The page for people who come from Lucid: what stands there as an expression runs as it stands."""

from __future__ import annotations

import ast
import contextlib
import importlib
import re
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import optimise, seeds
from attrvis.objectives import Objective
from attrvis.param import Background, Parameterisation
from attrvis.recipes import Plate, plane
from attrvis.rendering import Rendering
from attrvis.transforms import Transform
from tests import toys
from tests.test_from_lucid import NAMES, REMARKS

SIDE = 16
LABELS = ["tabby", "lynx", "vase"]
ROOMS = ("arrays", "images", "networks", "objectives", "optimisers", "param", "plots")
ROOMS += ("progress", "recipes", "transforms")


def small(x: tf.Tensor) -> None:
    """Lay layers of Lucid's names over each other, with as many positions as the page names."""
    rng = np.random.default_rng(0)

    def weights(*shape: int) -> tf.Tensor:
        return tf.constant(rng.normal(0, 0.3, shape).astype(np.float32))

    early = tf.nn.relu(tf.nn.conv2d(x, weights(3, 3, 3, 48), 1, "SAME"), name="mixed3a")
    pooled = tf.nn.max_pool2d(early, 2, 1, "SAME")
    late = tf.nn.relu(tf.nn.conv2d(pooled, weights(1, 1, 48, 64), 1, "SAME"), name="mixed4d")
    tf.matmul(tf.reduce_mean(late, [1, 2]), weights(64, len(LABELS)), name="scores")


def doubled(op: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
    return 2.0 * upstream


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Give what the page's expressions are about."""
    net = toys.network(small, SIDE, SIDE, labels=LABELS)
    photos = toys.noise(300, SIDE, SIDE, 3)
    photo = photos[:1]
    return {
        **{room: importlib.import_module(f"attrvis.{room}") for room in ROOMS},
        "attrvis": attrvis,
        "net": net,
        "photo": photo,
        "photos": photos,
        "picture": photo[0],
        "rgba": toys.noise(4, 5, 4),
        "pictures": toys.noise(2, 8, 8, 5),
        "planes": tf.constant(photo),
        "activations": net.run(photo, read=["mixed4d"])["mixed4d"].numpy(),
        "vector": np.arange(64.0),
        "vectors": toys.noise(7, 7, 64),
        "several": [attrvis.objectives.channel("mixed4d", i) for i in range(3)],
        "function": lambda readings: tf.reduce_max(readings["mixed4d"], axis=[1, 2, 3]),
        "gradient": doubled,
        "change": lambda name, value: 1.1 * value,
        "texture": tf.constant(photo),
        "uv": tf.constant(toys.noise(5, 6, 2)),
        "drawn": attrvis.render(net, "mixed4d:1", steps=2, snapshots=2),
        "plate": attrvis.recipes.channel_sheet(net, "mixed4d", [1], steps=1),
        "report": attrvis.progress.silent,
    }


@pytest.fixture
def room(tmp_path, monkeypatch, names):
    """Make the files that the page names, and one step of every drawing."""
    monkeypatch.chdir(tmp_path)
    graph = toys.graph_def(small, (None, SIDE, SIDE, 3))
    (tmp_path / "googlenet.pb").write_bytes(graph.SerializeToString())
    (tmp_path / "words.txt").write_text("\n".join(LABELS))
    attrvis.images.write_png("photo.jpg", names["picture"])
    monkeypatch.setattr(plane, "_umap", plane._reduced)  # which takes half a minute to compile
    climb = optimise.climb
    monkeypatch.setattr(optimise, "climb", lambda *a, **more: climb(*a, **{**more, "steps": 1}))
    return names


def expressions() -> list[str]:
    """List what is a call; names alone are looked up by the other test of the page."""
    found = []
    for span in sorted({*NAMES, *REMARKS}):
        with contextlib.suppress(SyntaxError):
            if isinstance(ast.parse(span, mode="eval").body, ast.Call):
                found.append(span)
    return found


def tried(made: Any, names: dict[str, Any]) -> None:
    """Use what an expression gave as the page says that it is used."""
    if isinstance(made, Objective):
        count = max([len(p) for p, rank in zip(made.parameters, made.ranks, strict=True)
                     if np.ndim(p) > rank], default=1)  # fmt: skip
        rows = np.repeat(names["photo"], 6 if "interpol" in str(made) else count, axis=0)
        read = {"input": rows, "image": rows, "alpha": rows[..., :1]}
        read |= names["net"].run(tf.constant(rows), read=["mixed3a", "mixed4d", "logits"])
        found = made.with_labels(names["net"].class_index)(
            {name: tf.convert_to_tensor(read[name]) for name in made.layers}
        )
        assert found.shape == (len(rows),) and np.isfinite(found).all()
    elif isinstance(made, Parameterisation):
        variables = made.init(seeds.image_keys(0, 2), (SIDE, SIDE))
        shape = made.image(variables, (SIDE, SIDE)).shape
        assert shape == (2, SIDE, SIDE, made.channels)
    elif isinstance(made, Transform):
        rgba = tf.constant(toys.noise(1, 40, 40, 4))
        assert made(rgba, seeds.image_keys(0), 1).shape.rank == 4
    elif isinstance(made, Background):
        image = attrvis.param.FourierImage(4)
        attrvis.render(names["net"], "mixed4d:1", image=image, background=made, steps=1)
    elif isinstance(made, attrvis.networks.Rule):
        assert names["net"].with_rule(made).run(names["photo"])["logits"].shape == (1, 3)
    elif isinstance(made, Plate | Rendering):
        assert made._repr_html_().count("<img") >= 1
    elif hasattr(made, "__enter__"):
        with made as changed:
            assert np.isfinite(changed.run(names["photo"])["logits"]).all()
    elif isinstance(made, tf.Tensor | np.ndarray):
        assert np.isfinite(made).all()


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
@pytest.mark.parametrize("span", expressions())
def test_it_runs_as_written(span, room):
    tried(eval(compile(span, "from-lucid.md", "eval"), dict(room)), room)


KEYWORDS = sorted(s for s in {*NAMES, *REMARKS} if re.fullmatch(r"\w+=.+", s))


@pytest.mark.parametrize("span", KEYWORDS)
def test_a_keyword_may_be_given(span, room):
    call = f"attrvis.load('googlenet.pb', preprocess='unit', {span})"
    if not span.startswith("labels"):
        call = f"attrvis.render(net, 'mixed4d:1', steps=1, {span})"
    tried(eval(compile(call, "from-lucid.md", "eval"), dict(room)), room)


def test_there_is_much_to_run():
    assert len(expressions()) > 70 and len(KEYWORDS) > 8
