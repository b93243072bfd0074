"""Change a network's weights for a while, for methods that add noise to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from attrvis.errors import BadValue
from attrvis.networks.network import Network

Change = Callable[[str, np.ndarray], np.ndarray]
"""(name, value) -> the value to have meanwhile, of the same shape."""


@contextmanager
def perturbed(net: Network, change: Change) -> Iterator[Network]:
    """Run a block with changed weights; afterwards they are what they were, bit for bit.

    The weights are the network's own or, where it was loaded from a model, that model's: nobody
    else should use the model meanwhile. Nothing is compiled anew.

    Args:
        net: the network.
        change: called once for each floating weight.

    Yields:
        The network.

    Raises:
        BadValue: the network has no weights to change (a snapshot), or a value of another shape.

    Example:
        >>> import attrvis
        >>> net = attrvis.load("embedded")
        >>> with perturbed(net, lambda name, value: 1.1 * value) as noisy:
        ...     logits = noisy.run(np.zeros([1, 64, 64, 3]))["logits"]
    """
    variables = net.lowered.variables()
    if not variables:
        raise BadValue("This network's weights are constants; perturb the network it came from.")
    before = {name: variable.read() for name, variable in variables.items()}
    floating = {n: v for n, v in before.items() if variables[n].dtype.is_floating}
    try:
        for name, value in floating.items():
            changed = np.asarray(change(name, value.copy()), value.dtype)
            if changed.shape != value.shape:
                raise BadValue(
                    f"The weight {name!r} has the shape {value.shape}, its change {changed.shape}; "
                    "return a value of the same shape."
                )
            variables[name].write(changed)
        yield net
    finally:
        for name, value in before.items():
            variables[name].write(value)
