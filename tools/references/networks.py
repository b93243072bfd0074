"""The small networks on which libraries are compared: weights, photos, and a PyTorch twin."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

IMAGES, SIDE, CLASSES = 3, 8, 4
TARGETS = (0, 3, 1)


def weights(seed: int, biased: bool) -> dict[str, np.ndarray]:
    """Draw weights, convolutions as height, width, in, out.

    Args:
        seed: of the draw.
        biased: whether biases are other than zero.
    """
    draw = np.random.default_rng(seed)
    made = {
        "conv1": draw.normal(0, 0.35, (3, 3, 3, 6)),
        "bias1": draw.normal(0, 0.2, 6),
        "conv2": draw.normal(0, 0.25, (3, 3, 6, 8)),
        "bias2": draw.normal(0, 0.2, 8),
        "dense": draw.normal(0, 0.8, (8, CLASSES)),
        "bias3": draw.normal(0, 0.3, CLASSES),
    }
    # Rounded, so that float32 and float64 hold the same numbers.
    return {
        name: np.round(value * (biased or "bias" not in name), 3).astype(np.float32)
        for name, value in made.items()
    }


def photos(seed: int) -> np.ndarray:
    """Draw images in [0, 1], float32 [3, 8, 8, 3]."""
    draw = np.random.default_rng(seed)
    return np.round(draw.random((IMAGES, SIDE, SIDE, 3)), 3).astype(np.float32)


class Twin(nn.Module):
    """Convolution, ReLU, max pool, convolution, ReLU, global mean, dense; each op once."""

    def __init__(self, given: dict[str, np.ndarray]) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 8, 3, padding=1)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.pool, self.mean = nn.MaxPool2d(2), nn.AvgPool2d(SIDE // 2)
        self.dense = nn.Linear(8, CLASSES)
        with torch.no_grad():
            for number, layer in ((1, self.conv1), (2, self.conv2)):
                kernel = given[f"conv{number}"].transpose(3, 2, 0, 1)
                layer.weight.copy_(torch.from_numpy(kernel.copy()))
                layer.bias.copy_(torch.from_numpy(given[f"bias{number}"]))
            self.dense.weight.copy_(torch.from_numpy(given["dense"].T.copy()))
            self.dense.bias.copy_(torch.from_numpy(given["bias3"]))
        self.double().eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits of images [B, 3, 8, 8]."""
        x = self.pool(self.relu1(self.conv1(x)))
        # No Flatten module: Captum's LRP has no rule for one.
        return self.dense(self.mean(self.relu2(self.conv2(x))).flatten(1))


def to_torch(images: np.ndarray) -> torch.Tensor:
    """Turn [B, H, W, C] into what PyTorch wants, float64."""
    return torch.from_numpy(np.moveaxis(images, -1, 1).astype(np.float64).copy())


def from_torch(values: torch.Tensor) -> np.ndarray:
    """Turn maps [B, C, H, W] back into [B, H, W, C]."""
    array = values.detach().numpy()
    return np.moveaxis(array, 1, -1) if array.ndim == 4 else array
