"""Bad input: one line that names the cause and the cure, exit status 2, and nothing written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

UNIT = ("--preprocess", "unit")


@pytest.fixture
def bad(tmp_path):
    """Make a file of the given content."""

    def make(name, content=b""):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return make


@pytest.mark.parametrize("command", ["explain", "predict"])
@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.jpg", b""), ("text.png", b"not a picture"), ("cut.png", b"\x89PNG\r\n\x1a\n\0\0")],
)
def test_not_a_photo(refused, bad, command, name, content):
    assert name in refused(command, bad(name, content))


def test_no_photo(refused, tmp_path):
    assert "nowhere.jpg" in refused("explain", "nowhere.jpg")
    assert str(tmp_path) in refused("explain", tmp_path)


def test_a_huge_photo(refused, tmp_path):
    Image.new("1", (9000, 9000)).save(tmp_path / "huge.png")
    assert "huge.png" in refused("explain", "huge.png")


@pytest.mark.parametrize("content", [b"", b"\x00\xff rubbish \x93" * 99])
def test_a_corrupt_graph(refused, bad, photo, content):
    assert "net.pb" in refused("explain", photo, "--model", bad("net.pb", content))


def test_a_truncated_graph(refused, bad, photo, model):
    line = refused("explain", photo, "--model", bad("cut.pb", model.read_bytes()[:-99]))
    assert "cut.pb" in line


@pytest.mark.parametrize("name", ["net.onnx", "net.keras", "net.h5"])
def test_not_a_model(refused, bad, photo, name):
    assert name in refused("explain", photo, "--model", bad(name, b"rubbish"))


def test_no_model(refused, photo):
    assert "embedded" in refused("explain", photo, "--model", "nowhere.pb")


def test_an_unknown_label_names_the_nearest(refused, model, labels, photo):
    line = refused(
        "explain", photo, "--model", model, *UNIT, "--labels", labels, "--target", "taby"
    )
    assert "'taby'" in line
    assert "'tabby'" in line


@pytest.mark.parametrize("target", ["5", "-1", "99999999999"])
def test_a_class_that_is_not_there(refused, model, photo, target):
    line = refused("explain", photo, "--model", model, *UNIT, "--target", target)
    assert "0 to 4" in line


def test_a_label_without_labels(refused, model, photo):
    line = refused("explain", photo, "--model", model, *UNIT, "--target", "tabby")
    assert "label file" in line


def test_an_unknown_layer_names_the_nearest(refused, model, photo):
    line = refused("explain", photo, "--model", model, *UNIT, "--layer", "mixd2")
    assert "'mixed2'" in line


def test_a_layer_that_the_target_does_not_depend_on(refused, model, branched, photo):
    assert "'softmax'" in refused("explain", photo, "--model", model, *UNIT, "--layer", "softmax")
    words = ("--model", branched, *UNIT, "--logits", "scores", "--layer", "side")
    assert "'side'" in refused("explain", photo, *words)


def test_a_graph_with_two_outputs(refused, branched, photo):
    line = refused("explain", photo, "--model", branched, *UNIT)
    assert "softmax" in line
    assert "logits" in line


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--preprocess", "tensorflow", "'tf'"),
        ("--preprocess", "mean=1,2", "mean=R,G,B,std=R,G,B"),
        ("--preprocess", "mean=0,0,0,std=0,1,1", "std"),
        ("--background", "noise_pyramids", "noise_pyramid"),
        ("--baseline", "optimized", "optimised"),
        ("--baseline", "constant:grey", "'grey'"),
        ("--baseline", "file:nowhere.npz", "nowhere.npz"),
        ("--size", "31", "32x32"),
        ("--labels", "nowhere.txt", "nowhere.txt"),
    ],
)
def test_a_value_that_is_not_one(refused, model, photo, option, value, said):
    words = [] if option == "--preprocess" else UNIT
    assert said in refused("explain", photo, "--model", model, *words, option, value)


def test_labels_of_another_network(refused, model, photo, bad):
    three = bad("three.txt", b"a\nb\nc")
    line = refused("explain", photo, "--model", model, *UNIT, "--labels", three)
    assert "3 labels" in line


def test_labels_that_are_not_text(refused, model, photo, bad):
    binary = bad("binary.txt", b"\xff\xfe\x00\x80")
    assert "binary.txt" in refused("explain", photo, "--model", model, *UNIT, "--labels", binary)


def test_out_is_a_file(refused, photo, bad):
    assert "a-file" in refused("explain", photo, "--out", bad("a-file", b"x"))


def test_out_holds_other_things(refused, photo, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    assert "thesis.tex" in refused("explain", photo, "--out", "mine")


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write anywhere")
def test_out_is_read_only(refused, photo, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o555)
    assert "locked" in refused("explain", photo, "--out", "locked/result")


def test_out_under_a_file_system_that_takes_nothing(refused, photo):
    if not Path("/proc/self").is_dir():
        pytest.skip("there is no /proc here")
    assert "/proc" in refused("explain", photo, "--out", "/proc/attrvis-result")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("slim:inception_v9?checkpoint=x", "inception_v1"),
        ("keras:MobilNet?weights=x", "MobileNet"),
        ("keras:MobileNet", "needs weights"),
        ("http://127.0.0.1:9/module.tar.gz", "cannot be fetched"),
    ],
)
def test_handles_that_lead_nowhere(refused, model, said):
    assert said in refused("layers", model)
