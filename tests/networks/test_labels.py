"""Labels: every file format, what a user may call a class, and counts that do not fit."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attrvis.errors import AttrVisError, BadValue, UnknownName
from attrvis.networks import labels
from tests import toys

FOUR = ("tench, Tinca tinca", "tabby, tabby cat", "lynx, catamount", "Egyptian cat")


def written(tmp_path, text, name="labels.txt", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(FOUR),
        "\n".join(FOUR) + "\n\n",
        "\r\n".join(FOUR),
        "\n".join(f"n0212304{i} {label}" for i, label in enumerate(FOUR)),
        "\n".join(f"{i}: {label}" for i, label in enumerate(FOUR)),
        "\n".join(f"{i}:{label}" for i, label in enumerate(FOUR)),
        "\n".join(f"{i}\t{label}" for i, label in enumerate(FOUR)),
        "\n".join(f"{i}, {label}" for i, label in enumerate(FOUR)),
    ],
)
def test_lines_of_every_form(tmp_path, text):
    assert labels.read(written(tmp_path, text)) == FOUR


def test_a_byte_order_mark_is_no_letter(tmp_path):
    assert labels.read(written(tmp_path, "\n".join(FOUR), encoding="utf-8-sig")) == FOUR


@pytest.mark.parametrize(
    "document",
    [
        ["tench", "tabby cat"],
        {"0": "tench", "1": "tabby_cat"},
        {"1": ["n1", "tabby_cat"], "0": ["n0", "tench"]},
        [["n0", "tench"], ["n1", "tabby_cat"]],
    ],
)
def test_json_of_every_form(tmp_path, document):
    path = written(tmp_path, json.dumps(document), "labels.json")
    assert labels.read(path) == ("tench", "tabby cat")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[1, [", '{"a": "b"}', '{"1": "b"}', "3", '"text"', "[[]]", "null"]
)
def test_damaged_json_is_one_clear_error(tmp_path, text):
    with pytest.raises(BadValue, match=r"labels\.json"):
        labels.read(written(tmp_path, text, "labels.json"))


def test_unreadable_files_are_one_clear_error(tmp_path):
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00\x80")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(2**25)
    for path in (tmp_path / "gone.txt", tmp_path, tmp_path / "binary.txt", tmp_path / "huge.txt",
                 written(tmp_path, " \n\n", "empty.txt")):  # fmt: skip
        with pytest.raises(BadValue, match="label file"):
            labels.read(path)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("tabby, tabby cat", 1),
        ("Tabby Cat", 1),
        (" tabby ", 1),
        ("TINCA TINCA", 0),
        ("catamount", 2),
        ("egyptian", 3),
        ("Egyptian cat", 3),
    ],
)
def test_a_label_is_found_by_what_a_user_types(text, index):
    assert labels.find(text, FOUR) == index


def test_the_first_synonym_goes_before_another_classs_second():
    assert labels.find("crane", ["jib, crane", "crane, bird"]) == 1


def test_ambiguous_labels_name_their_numbers():
    with pytest.raises(UnknownName, match=r"'cat' fits 2 classes.*\(1\).*\(3\)"):
        labels.find("cat", FOUR)
    with pytest.raises(UnknownName, match=r"fits 2 classes; say which by its number"):
        labels.find("crane", ["crane", "x", "crane"])


def test_unknown_labels_name_the_nearest():
    with pytest.raises(UnknownName, match="nearest: 'tabby'"):
        labels.find("taby", FOUR)
    with pytest.raises(UnknownName, match="no label 'zzzz'"):
        labels.find("zzzz", FOUR)
    with pytest.raises(UnknownName):
        labels.find("", FOUR)


@given(st.text(max_size=30))
def test_any_text_is_found_or_refused(text):
    try:
        assert 0 <= labels.find(text, FOUR) < 4
    except AttrVisError as error:
        assert "\n" not in str(error).replace(text, "")


def test_counts_are_matched_to_the_classes():
    assert labels.fitted(FOUR, 4) == FOUR
    assert labels.fitted(FOUR, 5) == ("background", *FOUR)
    assert labels.fitted(("background", *FOUR), 4) == FOUR
    assert labels.fitted(("dummy", *FOUR), 4) == FOUR
    for classes in (3, 6, 1000):
        with pytest.raises(BadValue, match=f"4 labels for a network with {classes} classes"):
            labels.fitted(FOUR, classes)


def scores(images):
    return tf.nn.bias_add(tf.reduce_mean(images, [1, 2]), [0.0, 0.5, 0.1], name="scores")


def test_a_network_answers_by_label(tmp_path):
    net = toys.network(scores, labels=["tench", "tabby, tabby cat", "lynx"])
    assert net.class_index("tabby") == net.class_index("1") == net.class_index(1) == 1
    assert net.class_index(np.int64(2)) == 2
    assert net.label(1) == "tabby, tabby cat"
    assert net.predict(np.zeros((1, 4, 4, 3), np.float32))[0][0].label == "tabby, tabby cat"
    path = written(tmp_path, "tench\ntabby\nlynx")
    assert toys.network(scores, labels=path).labels == ("tench", "tabby", "lynx")
    assert toys.network(scores, labels=str(path)).labels == ("tench", "tabby", "lynx")


@pytest.mark.parametrize("target", [3, -1, "3", "-1", "²", "--1", "1e3", "", "9" * 30])
def test_no_such_class_is_one_clear_error(target):
    net = toys.network(scores, labels=["tench", "tabby", "lynx"])
    with pytest.raises(AttrVisError):
        net.class_index(target)
    with pytest.raises(AttrVisError):
        toys.network(scores).class_index(target)


def test_without_labels_text_says_nothing():
    with pytest.raises(BadValue, match="no labels, so 'tabby'"):
        toys.network(scores).class_index("tabby")


def test_the_label_count_must_fit_the_network():
    assert toys.network(scores, labels=["a", "b"]).labels == ("background", "a", "b")
    for names in (["a"], list("abcd"), list("abcde")):
        with pytest.raises(BadValue, match=f"{len(names)} labels for a network with 3"):
            toys.network(scores, labels=names)
