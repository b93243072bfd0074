"""NoiseGrad and FusionGrad: any method on networks with noisy weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.attribution.method import Found
from attrvis.attribution.scene import Scene
from attrvis.attribution.wrappers.noise_tunnel import LESS, check_noise, noisy_copies
from attrvis.attribution.wrappers.wrapped import Moments, Wrapper
from attrvis.errors import BadValue, unknown
from attrvis.networks import Network, perturbed
from attrvis.networks.prediction import pooled
from attrvis.networks.roles import live, roles
from attrvis.networks.weights import Change

NOISES = ("multiplicative", "additive")


@dataclass(frozen=True)
class NoiseGrad(Wrapper):
    """Any method, averaged over networks whose weights were made noisy.

    Kernels, biases and the scales of normalisations get noise, not their running statistics. The
    weights are what they were afterwards, bit for bit; nobody else should use the model meanwhile.

    Args:
        method: the method, by name or made; default `saliency`.
        networks: how many noisy networks, default 10.
        weight_noise: standard deviation of the noise, default 0.2; see `calibrate_sigma`.
        kind: `multiplicative` (weights times a normal number around 1) or `additive` (plus one
            around 0, relative to the spread of each tensor of weights).

    Raises:
        UnknownName: no such method or kind.
        BadValue: no network, noise that is negative, or a network without weights (a snapshot).

    Source: Bykov, Hedstroem, Nakajima and Hoehne, NoiseGrad: Enhancing Explanations by Introducing
    Stochasticity to Model Weights, 2022.

    Example:
        >>> NoiseGrad("grad-cam").weight_noise
        0.2
    """

    networks: int = 10
    weight_noise: float = 0.2
    kind: str = "multiplicative"
    name = "noise-grad"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_noise(self.networks, self.weight_noise)
        if self.kind not in NOISES:
            raise unknown("kind", self.kind, NOISES)

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        moments, positive, net = Moments(), False, live(scene.net)
        for number in range(self.networks):
            change = weight_change(net, scene.seed, number, self.weight_noise, self.kind)
            with perturbed(net, change):
                # What the layer holds is computed anew on each network.
                for copy in self.copies(scene.on(net=net), number):
                    found = self.inner.over_baselines(copy)
                    moments.add(found.values)
                    positive = found.positive
            scene.told("noisy networks", number + 1, self.networks)
        return Found(moments.of("mean"), positive=positive, cure=LESS if positive else "")

    def copies(self, scene: Scene, number: int) -> Iterable[Scene]:
        """Set the scenes on one noisy network."""
        return [scene]


@dataclass(frozen=True)
class FusionGrad(NoiseGrad):
    """Any method, averaged over noisy networks and, on each, over noisy copies of the image.

    Args:
        method: the method, by name or made; default `saliency`.
        networks: how many noisy networks, default 10.
        weight_noise: standard deviation of the weights' noise, default 0.2.
        kind: `multiplicative` or `additive`, of the weights' noise; that of images is added.
        samples: copies of the image on each network, default 10.
        noise: standard deviation of the image's noise, relative to its range, default 0.15; small
            photos bear less, 0.05 at 64 pixels.

    Raises:
        UnknownName: no such method or kind.
        BadValue: no network or sample, noise that is negative, or a network without weights.

    Source: Bykov, Hedstroem, Nakajima and Hoehne, NoiseGrad: Enhancing Explanations by Introducing
    Stochasticity to Model Weights, 2022.

    Example:
        >>> FusionGrad(networks=5, samples=5).noise
        0.15
    """

    samples: int = 10
    noise: float = 0.15
    name = "fusion-grad"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_noise(self.samples, self.noise)

    def copies(self, scene: Scene, number: int) -> Iterable[Scene]:
        """Set the scenes of the noisy copies on one noisy network."""
        # Fresh noise on each network; the first network's is that of a noise tunnel.
        other = scene if number == 0 else replace(scene, seed=scene.seed + number)
        return noisy_copies(other, self.samples, self.noise)


def weight_change(
    net: Network, seed: int, number: int, noise: float, kind: str = "multiplicative"
) -> Change:
    """Say how weights change in one of the noisy networks.

    Args:
        net: whose weights, see `attrvis.networks.roles.live`.
        seed: of all of them.
        number: which of them.
        noise: standard deviation.
        kind: `multiplicative` or `additive`.

    Returns:
        (name, value) -> the noisy value; the same for the same seed and number.

    Example:
        >>> from attrvis.networks import load
        >>> change = weight_change(load("embedded"), seed=0, number=0, noise=0.0)
        >>> float(change("any", np.float32(2)))
        2.0
    """
    known = net.remember("roles", lambda: roles(net.lowered))

    def change(name: str, value: np.ndarray) -> np.ndarray:
        role = known.get(name)
        if role is None or role.statistic:
            return value
        draw = np.random.default_rng([seed, number, role.number])
        drawn = noise * draw.standard_normal(value.shape)
        if kind == "multiplicative":
            return (value * (1 + drawn)).astype(value.dtype)
        return (value + drawn * value.std()).astype(value.dtype)

    return change


def calibrate_sigma(
    net: Network,
    images: Any,
    labels: Any,
    *,
    drop: float = 0.05,
    networks: int = 3,
    kind: str = "multiplicative",
    seed: int = 0,
    rounds: int = 8,
) -> float:
    """Find the noise of the weights at which the network loses a given share of its accuracy.

    The share is taken of what lies between the accuracy without noise and that of guessing.

    Args:
        net: the network.
        images: [B, H, W, C] in pixel space.
        labels: class numbers, [B].
        drop: the share to lose, between 0 and 1, default 0.05.
        networks: noisy networks that are averaged, default 3.
        kind: `multiplicative` or `additive`.
        seed: of every draw.
        rounds: halvings of the interval, default 8.

    Returns:
        The standard deviation, at most 1.

    Raises:
        BadValue: a share outside its range, other labels than images, or a network that is no
            better than guessing on them.

    Source: Bykov, Hedstroem, Nakajima and Hoehne, NoiseGrad: Enhancing Explanations by Introducing
    Stochasticity to Model Weights, 2022.

    Example:
        >>> from attrvis.networks import load
        >>> net = load("embedded")
        >>> photos = np.random.default_rng(0).random((2, 64, 64, 3))
        >>> labels = [one[0].index for one in net.predict(photos, top=1)]
        >>> 0 < calibrate_sigma(net, photos, labels, drop=0.5, networks=1, rounds=2) <= 1
        True
    """
    wanted = np.asarray(labels)
    if not 0 < drop < 1 or networks < 1 or rounds < 1:
        raise BadValue(f"A share to lose lies between 0 and 1, not at {drop}.")
    if wanted.shape != (len(images),) or wanted.dtype.kind not in "iu":
        raise BadValue(f"There are {len(images)} images and labels of the shape {wanted.shape}.")

    loose = live(net)

    def accuracy() -> float:
        best = tf.argmax(pooled(loose.run(images)["logits"]), axis=1).numpy()
        return float(np.mean(best == wanted))

    chance, clean = 1 / net.classes, accuracy()
    if clean <= chance:
        raise BadValue(
            f"The network is right on {clean:.0%} of these images, no better than guessing; check "
            "labels and preprocessing."
        )

    def lost(noise: float) -> float:
        found = []
        for number in range(networks):
            with perturbed(loose, weight_change(loose, seed, number, noise, kind)):
                found.append(accuracy())
        return (clean - float(np.mean(found))) / (clean - chance)

    low, high = 0.0, 1.0
    if lost(high) <= drop:
        return high
    for _ in range(rounds):
        middle = (low + high) / 2
        low, high = (middle, high) if lost(middle) <= drop else (low, middle)
    return (low + high) / 2
