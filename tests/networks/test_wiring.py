"""The wiring of a graph: against a slow reference on random graphs."""

from __future__ import annotations

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attrvis.errors import ModelError, UnknownName
from attrvis.networks.names import resolve
from attrvis.networks.wiring import Wiring, canonical, node_of


def graph(edges):
    made = tf.compat.v1.GraphDef()
    for i, sources in enumerate(edges):
        made.node.add(name=f"n{i}", op="AddN", input=[f"n{s}" for s in sources])
    return made


@st.composite
def dags(draw):
    count = draw(st.integers(2, 9))
    return [
        draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True)) if i else []
        for i in range(count)
    ]


def reaches(edges, source, target):
    return source in edges[target] or any(reaches(edges, source, s) for s in edges[target])


@given(dags(), st.data())
def test_dependents_and_ancestors(edges, data):
    wiring = Wiring(graph(edges))
    at = data.draw(st.integers(0, len(edges) - 1))
    every = range(len(edges))
    assert wiring.dependents([f"n{at}:0"]) == {f"n{i}" for i in every if reaches(edges, at, i)}
    found = wiring.ancestors([f"n{at}:0"])
    assert set(found) == {f"n{i}" for i in every if i == at or reaches(edges, i, at)}
    assert found == sorted(found, key=wiring.order.__getitem__)
    assert all(wiring.order[f"n{s}"] < wiring.order[f"n{i}"] for i in every for s in edges[i])


@given(dags(), st.data())
def test_the_frontier_is_enough_and_needed(edges, data):
    wiring = Wiring(graph(edges))
    edited, wanted = (data.draw(st.integers(0, len(edges) - 1)) for _ in range(2))
    frontier = wiring.frontier([f"n{wanted}:0"], f"n{edited}:0", ["n0:0"])
    given_ = {f"n{edited}:0", *frontier}
    # Enough: from the edited tensor and the frontier on, the images are not needed any more.
    needed = wiring.ancestors([f"n{wanted}:0"], given_)
    assert "n0" not in needed or "n0:0" in given_ or wanted == edited == 0
    for tensor in frontier:
        number = int(node_of(tensor)[1:])
        # None of it sees the edit, and each is fed by the images (or is them).
        assert not reaches(edges, edited, number)
        assert number == 0 or reaches(edges, 0, number)


def test_the_order_is_the_graphs_own():
    assert list(Wiring(graph([[], [0], [], [1], [2, 0]])).order) == ["n0", "n1", "n2", "n3", "n4"]
    assert list(Wiring(graph([[1], [], [0]])).order) == ["n1", "n0", "n2"]


def test_loops_and_gaps_are_refused():
    with pytest.raises(ModelError, match="loop"):
        Wiring(graph([[1], [0]]))
    with pytest.raises(ModelError, match="does not exist"):
        Wiring(graph([[], [7]]))


def test_names_of_tensors():
    assert canonical("a/b") == "a/b:0" and canonical("a:2") == "a:2"
    assert node_of("a/b:1") == "a/b"


LAYERS = {"a/conv": "1:0", "b/conv": "2:0", "a/deep/relu": "3:0", "conv": "4:0", "a/conv#1": "5:0"}


def test_names_resolve_to_the_whole_the_node_or_a_unique_suffix():
    nodes = {"1": 0, "raw/node": 0}
    assert resolve("conv", LAYERS, nodes) == "4:0"
    assert resolve("a/conv", LAYERS, nodes) == "1:0"
    assert resolve("deep/relu", LAYERS, nodes) == resolve("relu", LAYERS, nodes) == "3:0"
    assert resolve("conv#1", LAYERS, nodes) == "5:0"
    assert resolve("raw/node", LAYERS, nodes) == "raw/node:0"
    assert resolve("raw/node:1", LAYERS, nodes) == "raw/node:1"
    assert resolve("node", {}, nodes) == "raw/node:0"


@pytest.mark.parametrize("name", ["elu", "onv", "deep", "/relu", "a/", "A/conv", "raw/node:x"])
def test_parts_of_names_are_not_names(name):
    with pytest.raises(UnknownName, match=r"no layer"):
        resolve(name, LAYERS, {"raw/node": 0})


def test_a_suffix_of_several_names_them():
    with pytest.raises(UnknownName, match="fits 2 layers: 'a/x', 'b/x'"):
        resolve("x", {"a/x": "1:0", "b/x": "2:0"}, {})
