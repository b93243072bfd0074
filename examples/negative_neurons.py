"""Draw what excites channels above what silences them: a unit has two ends.

python -m examples.negative_neurons
python -m examples.negative_neurons --layer mixed4a --units 492 97 --model net.pb
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import recipes


def main(argv: Sequence[str] | None = None) -> recipes.Plate:
    """Draw both ends of each channel in one batch."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--layer", default="mixed4b", help="default: %(default)s")
    parser.add_argument("--units", nargs="+", type=int, default=[3, 5, 17, 42])
    parser.add_argument("--model", default="embedded", help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("negative_neurons"))
    given = parser.parse_args(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess)
    plate = recipes.channel_sheet(net, given.layer, given.units, negative=True, steps=given.steps)
    plate.save(given.out)
    print(f"both ends of {len(given.units)} channels: see {given.out / 'picture.png'}")
    return plate


if __name__ == "__main__":
    main()
