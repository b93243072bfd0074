"""Measure the packaged weights of the embedded network on the validation photos.

    python -m tools.evaluate_embedded --data ../shared/data

The last line printed reads like `top1=0.667 n=6000`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from attrvis.networks.embedded.network import build
from tools.embedded.export import accuracy
from tools.embedded.photos import default_data, read_pack


def main() -> None:
    """Print the top-1 accuracy on all validation photos."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=default_data())
    photos = read_pack(parser.parse_args().data, parts=("val",)).val
    top1 = accuracy(build().graph_def, photos)
    print(f"top1={top1:.3f} n={len(photos.labels)}")


if __name__ == "__main__":
    main()
