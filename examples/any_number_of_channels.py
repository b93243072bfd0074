"""Draw for networks that see one channel, seven, or a signal such as a sound.

python -m examples.any_number_of_channels
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers

import attrvis
from attrvis import images, plots
from attrvis.rendering import Rendering


def network(channels: int, sides: int) -> attrvis.networks.Network:
    """Make a network that looks for waves of eight pixels along its last side, in channel -1."""
    wave = np.sin(np.arange(16) * np.pi / 4)[:, None] * np.eye(channels)[:, -1:][None, :, 0]
    kernel = wave.reshape([1] * (sides - 1) + [16, channels, 1])
    entry = keras.Input((*[64] * sides, channels))
    conv = (layers.Conv1D, layers.Conv2D)[sides - 1]
    maps = conv(1, kernel.shape[:-2], padding="same", activation="relu", name="waves")(entry)
    model = keras.Model(entry, layers.Dense(2, name="scores")(layers.Flatten()(maps)))
    model.get_layer("waves").set_weights([kernel, np.zeros(1)])
    return attrvis.load(model, preprocess="unit")


def main(argv: Sequence[str] | None = None) -> dict[str, Rendering]:
    """Draw the same wave in a grey picture, in seven bands and in a sound."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=128)
    parser.add_argument("--out", type=Path, default=Path("any_number_of_channels.png"))
    given = parser.parse_args(argv)
    nets = {"grey": network(1, 2), "seven bands": network(7, 2), "sound": network(1, 1)}
    drawn = {name: attrvis.render(net, "waves:0", steps=given.steps) for name, net in nets.items()}
    panels = [(one.on_grey()[0], name) for name, one in drawn.items()]
    images.write_png(given.out, plots.sheet(panels, columns=3))
    return drawn


if __name__ == "__main__":
    main()
