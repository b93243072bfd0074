"""The plan with batch normalisation behind every convolution, and how that is folded away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from attrvis.networks.embedded.architecture import PLAN, Plan, Unit, assemble, shapes

EPSILON = 1e-3

Parameters = Mapping[str, tf.Tensor]
Moments = dict[str, tuple[tf.Tensor, tf.Tensor]]


def initial(plan: Plan, classes: int, seed: int) -> dict[str, np.ndarray]:
    """Return He-initialised kernels, unit scales and zero offsets, by name."""
    generator = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}
    for name, shape in shapes(plan, classes).items():
        fan_in = int(np.prod(shape[:-1]))
        last = name == "logits"
        spread = np.sqrt((1.0 if last else 2.0) / fan_in)
        found[f"{name}/weights"] = generator.normal(0, spread, shape).astype(np.float32)
        if last:
            found[f"{name}/bias"] = np.zeros(shape[-1], np.float32)
        else:
            found[f"{name}/scale"] = np.ones(shape[-1], np.float32)
            found[f"{name}/offset"] = np.zeros(shape[-1], np.float32)
    return found


def scores(
    parameters: Parameters, images: tf.Tensor, *, plan: Plan = PLAN
) -> tuple[tf.Tensor, Moments]:
    """Return the logits of a batch, normalised by its own moments, and those moments.

    There are no moving averages: `estimate` measures the moments of the final weights.
    """
    moments: Moments = {}

    def unit(spec: Unit, value: tf.Tensor) -> tf.Tensor:
        name = spec.name
        value = tf.nn.conv2d(value, parameters[f"{name}/weights"], spec.stride, "SAME")
        if spec.averaged:
            value = tf.nn.avg_pool2d(value, 3, 1, "SAME")
        normal = tf.raw_ops.FusedBatchNormV3(
            x=value,
            scale=parameters[f"{name}/scale"],
            offset=parameters[f"{name}/offset"],
            mean=[],
            variance=[],
            epsilon=EPSILON,
            is_training=True,
        )
        moments[name] = (normal.batch_mean, normal.batch_variance)
        return tf.nn.relu(normal.y)

    def pool(_: str, value: tf.Tensor) -> tf.Tensor:
        return tf.nn.max_pool2d(value, 3, 2, "SAME")

    def join(_: str, ends: Sequence[tf.Tensor]) -> tf.Tensor:
        return tf.concat(ends, axis=-1)

    features = assemble(plan, images, unit=unit, pool=pool, join=join)
    pooled = tf.reduce_mean(features, axis=(1, 2))
    return pooled @ parameters["logits/weights"] + parameters["logits/bias"], moments


def estimate(
    parameters: Parameters,
    batch: Callable[[int], tf.Tensor],
    *,
    batches: int = 60,
    plan: Plan = PLAN,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Measure the moments that batch normalisation sees, in float32, over some batches.

    oneDNN's bfloat16 rewrite spoils the moments that the fused op reports, though not what it
    computes with them, so the switch is off while this function is first run.
    """
    option = "auto_mixed_precision_onednn_bfloat16"
    before = tf.config.optimizer.get_experimental_options().get(option, False)

    @tf.function(autograph=False)
    def measure(images: tf.Tensor) -> Moments:
        return scores(parameters, images, plan=plan)[1]

    tf.config.optimizer.set_experimental_options({option: False})
    try:
        total: dict[str, np.ndarray] = {}
        for index in range(batches):
            for name, (mean, variance) in measure(batch(index)).items():
                both = np.stack([mean.numpy(), variance.numpy() + mean.numpy() ** 2])
                total[name] = total.get(name, 0.0) + both.astype(np.float64) / batches
    finally:
        tf.config.optimizer.set_experimental_options({option: before})
    return {name: (first, second - first**2) for name, (first, second) in total.items()}


def folded(
    parameters: Mapping[str, np.ndarray], moments: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Return `<unit>/weights` and `<unit>/bias` that need no batch normalisation."""
    found: dict[str, np.ndarray] = {}
    for name, (mean, variance) in moments.items():
        factor = parameters[f"{name}/scale"] / np.sqrt(variance + EPSILON)
        found[f"{name}/weights"] = (parameters[f"{name}/weights"] * factor).astype(np.float32)
        found[f"{name}/bias"] = (parameters[f"{name}/offset"] - mean * factor).astype(np.float32)
    for name in ("logits/weights", "logits/bias"):
        found[name] = np.asarray(parameters[name], np.float32)
    return found
