"""Measure the main job: the cost of a render step, the time of the command, and a table of photos.

python -m benchmarks.main_job             last line: ratio=1.18 seconds=31.0
python -m benchmarks.main_job --photos    the table and the sheet of docs/results/
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "results"
LAYER = "mixed4d"
COUNT = 12


def data() -> Path:
    """Find the folder of real data."""
    folder = Path(os.environ.get("ATTRVIS_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        raise SystemExit("benchmarks.main_job needs real data: set ATTRVIS_DATA to its folder.")
    return folder


def googlenet() -> Any:
    """Load GoogLeNet."""
    import attrvis

    return attrvis.load(
        data() / "networks/googlenet-bvlc/googlenet_bvlc_frozen.pb",
        preprocess="caffe-rgb",
        labels=data() / "labels/synset_words_1000.txt",
    )


def mobilenet() -> Any:
    """Load MobileNet v1."""
    import keras

    import attrvis

    weights = data() / "networks/mobilenet-v1-025/mobilenet_v1_0.25_224.h5"
    model = keras.applications.MobileNet(alpha=0.25, weights=str(weights))
    labels = data() / "labels/synset_words_1000.txt"
    return attrvis.load(model, preprocess="tf", labels=labels)


def embedded() -> Any:
    """Load the network that comes along."""
    import attrvis

    return attrvis.load("embedded")


NETWORKS: dict[str, tuple[Callable[[], Any], str | None]] = {
    "googlenet": (googlenet, LAYER),
    "mobilenet_v1": (mobilenet, None),
    "embedded": (embedded, None),
}


def right_photos(net: Any) -> Iterator[tuple[str, Any, int]]:
    """Yield name, photo and class of the photos that a network gets right.

    ImageNet's validation photos in their order; for the embedded network, the first such photo of
    every tenth of its classes among those that it was not trained on.
    """
    from attrvis import images

    if net.name == "embedded":
        from tools.embedded.photos import read_pack

        unseen = read_pack(data(), parts=("val",)).val
        for index in range(0, net.classes, 10):
            own = np.flatnonzero(unseen.labels == index)
            seen = [p[0].index for p in net.predict(unseen.images[own].astype(np.float32) / 255)]
            right = own[np.array(seen) == index]
            if len(right):
                yield f"val {right[0]}", unseen.images[right[0]], index
        return
    folder = data() / "images/imagenet-val60"
    for entry in json.loads((folder / "annotations.json").read_text()):
        path = folder / "images" / entry["file"]
        photo, _ = images.fit(images.read(path), net.size, "crop")
        if net.predict(photo[None])[0][0].index == entry["class_index"]:
            yield path.stem[-4:].lstrip("0"), path, entry["class_index"]


def table(name: str) -> None:
    """Explain the first photos that a network gets right, and keep what came out."""
    import attrvis
    from attrvis import images, plots

    make, layer = NETWORKS[name]
    net = make()
    rows, panels = [], []
    for photo, source, target in right_photos(net):
        with tempfile.TemporaryDirectory() as folder:
            explanation = attrvis.explain(net, source, target=target, layer=layer)
            explanation.save(Path(folder) / "result")
            picture = images.read(Path(folder) / "result" / "picture.png")
        facts = explanation.facts
        judged = net.run(picture[None])["logits"].numpy()[0]
        wanted, mask = facts["target"], facts["mask"]
        row = {
            "photo": photo,
            "label": wanted["label"].split(",")[0],
            "baseline": abs(wanted["logit_baseline"] / wanted["logit_photo"]),
            "gap": facts["completeness"]["relative"],
            "area": mask["area"],
            "area_error": abs(mask["area"] / mask["target_area"] - 1),
            "logit_photo": wanted["logit_photo"],
            "logit_picture": float(judged[target]),
            "rank": int(1 + (judged > judged[target]).sum()),
            "seconds": facts["seconds"]["total"],
        }
        rows.append(row)
        print(row, flush=True)
        caption = (
            f"{row['label']}\nlogit {row['logit_picture']:.1f} (photo {row['logit_photo']:.1f})"
        )
        panels.append((picture, caption))
        if len(rows) == COUNT:
            break
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = markdown(name, explanation.facts["layer"], rows)
    (RESULTS / f"main_job_{name}.md").write_text(text, encoding="utf-8")
    sheet = plots.sheet(panels, size=224, columns=4)
    from PIL import Image

    Image.fromarray(images.to_uint8(sheet)).save(
        RESULTS / f"main_job_{name}.jpg", quality=85, optimize=True
    )
    print(text)


def markdown(name: str, layer: str, rows: list[dict[str, Any]]) -> str:
    """Write a table, with how many rows keep each bound."""
    held = {
        "baseline at most 5 % of the photo's logit": sum(r["baseline"] <= 0.05 for r in rows),
        "completeness gap at most 0.5 %": sum(r["gap"] <= 0.005 for r in rows),
        "mask area within 15 % of its target": sum(r["area_error"] <= 0.15 for r in rows),
        "logit of the picture at least the photo's": sum(
            r["logit_picture"] >= r["logit_photo"] for r in rows
        ),
    }
    lines = [
        f"# The main job on {name}, layer {layer}",
        "",
        "Made by `python -m benchmarks.main_job --photos`, default settings, seed 0.",
        "",
        "| photo | label | baseline | gap | area | off its target | logit photo | logit picture "
        "| rank |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| {r['photo']} | {r['label']} | {r['baseline']:.2%} | {r['gap']:.3%} | "
            f"{r['area']:.1%} | {r['area_error']:.1%} | {r['logit_photo']:.2f} | "
            f"{r['logit_picture']:.2f} | {r['rank']} |"
        )
    lines += ["", *(f"- {what}: {count} of {len(rows)}" for what, count in held.items()), ""]
    return "\n".join(lines)


def step_cost() -> float:
    """Time one render step against one forward and backward pass, in turn."""
    import tensorflow as tf

    from attrvis import objectives, optimise, seeds
    from attrvis.explanation.main_job import IMAGE
    from attrvis.param import NoisePyramid
    from attrvis.rendering.scene import Canvas, evaluation
    from attrvis.transforms import masked
    from benchmarks.floor import keras_gradient, raw_gradient, side_by_side

    net = googlenet().snapshot()
    path = data() / "networks/googlenet-bvlc/googlenet_bvlc_frozen.pb"
    mean, shape = [123.68, 116.779, 103.939], (1, 224, 224, 3)
    floors = {"raw": raw_gradient(path, LAYER, mean, shape)}
    floors["keras"] = keras_gradient(path, LAYER, mean, shape)
    np.testing.assert_allclose(floors["raw"](), floors["keras"](), rtol=1e-3, atol=1e-3)
    weights = np.random.default_rng(0).random((1, 14, 14, 528), np.float32)
    objective = objectives.weighted(LAYER, weights, np.ones_like(weights), limit=2.0)
    objective = objective - 10.0 * objectives.mask_area(objectives.ramp(0.5, [0.1]))
    keys, behind = seeds.image_keys(0, 1), NoisePyramid()
    canvas = Canvas(IMAGE, (224, 224), behind, masked(224))
    step = optimise.compile_step(evaluation(net.trunk([LAYER]), objective, canvas))
    given = {
        "keys": keys,
        "pool": behind.prepare(keys, 224, 224),
        "numbers": [tf.convert_to_tensor(p) for p in objective.parameters],
        "last": tf.constant(100.0),
    }
    held = {name: tf.Variable(v) for name, v in IMAGE.init(keys, (224, 224)).items()}
    state, count = optimise.fresh_state(held), iter(range(10**9))

    call = step.get_concrete_function(held, state, tf.constant(0), tf.constant(0.05), given)

    def one_step() -> Any:
        terms, *_ = call(held, state, tf.constant(next(count)), tf.constant(0.05), given)
        return terms["objective"]

    cost = side_by_side({**floors, "step": one_step})
    print(
        f"floor {cost['raw']:.1f} ms as imported, {cost['keras']:.1f} ms in Keras; "
        f"render step {cost['step']:.1f} ms"
    )
    return cost["step"] / min(cost["raw"], cost["keras"])


def command_seconds(precision: str) -> float:
    """Time the whole command, from its start to the files, on the AttrVis photo."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "attrvis.cli", "explain"),
            *(str(data() / "images/cat-flower/cat-flower.jpg"), "--preprocess", "caffe-rgb"),
            *("--model", str(data() / "networks/googlenet-bvlc/googlenet_bvlc_frozen.pb")),
            *("--labels", str(data() / "labels/synset_words_1000.txt"), "--target", "tabby"),
            *("--layer", LAYER, "--precision", precision, "--out", f"{folder}/out", "--json"),
        ]
        start = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    facts = json.loads(done.stdout)["explanation"]
    parts = ", ".join(f"{k} {v:.1f}" for k, v in facts["seconds"].items())
    print(f"{precision}: {seconds:.1f} s ({parts}); peak memory {peak:.2f} GB")
    return seconds


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--photos", action="store_true", help="make the tables of photos")
    parser.add_argument("--network", choices=NETWORKS, help="only this network's table")
    chosen = parser.parse_args()
    if chosen.photos:
        for name in [chosen.network] if chosen.network else NETWORKS:
            table(name)
        return
    seconds = command_seconds("float32")
    command_seconds("bfloat16")
    print(f"ratio={step_cost():.2f} seconds={seconds:.1f}")


if __name__ == "__main__":
    main()
