"""The examples with a network of one's own, run in process on local weights."""

from __future__ import annotations

import pytest

from examples import keras_model, tf_slim_model, tfhub_model

pytestmark = pytest.mark.data
QUICK = ["--baseline-steps", "60", "--steps", "4"]


@pytest.fixture
def cases(data):
    folder = data / "networks" / "mobilenet-v1-025"
    labels = str(data / "labels" / "synset_words_1000.txt")
    return {
        "hub": (tfhub_model, [str(folder / "hub_savedmodel"), "--preprocess", "unit"], labels),
        "slim": (
            tf_slim_model,
            [str(folder / "mobilenet_v1_0.25_224_tfslim_frozen.pb"), "--preprocess", "tf"],
            labels,
        ),
        "keras": (
            keras_model,
            [f"keras:MobileNet?alpha=0.25&weights={folder / 'mobilenet_v1_0.25_224.h5'}"],
            labels,
        ),
    }


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_they_list_and_explain_and_agree(cases, data, tmp_path, capsys):
    photo, logits = str(data / "images" / "cat-flower" / "cat-flower.jpg"), []
    for name, (example, model, labels) in cases.items():
        out = tmp_path / name
        named = ["--labels", labels, "--target", "tabby", "--out", str(out)]
        made = example.main([photo, "--model", *model, *named, *QUICK])
        said = capsys.readouterr().out
        assert "eats" in said and "(14, 14, 128)" in said and "tabby" in said
        assert (out / "index.html").is_file() and (out / "picture.png").is_file()
        assert made.facts["target"]["label"].startswith("tabby")
        assert len(made.facts["card"]["digest"]) == 64
        logits.append(made.facts["target"]["logit_photo"])
    assert logits == pytest.approx([logits[0]] * 3, rel=1e-4)
