"""What exactly a network is, so that a result can say what it explains."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from attrvis.errors import BadValue
from attrvis.networks.network import Network


@dataclass(frozen=True)
class Card:
    """A network's description.

    Args:
        name: what it was loaded from.
        digest: SHA-256 of its graph and weights.
        preprocess: how RGB in [0, 1] becomes its input.
        labels: SHA-256 of its labels, or nothing.
        classes: how many.
        size: height and width of its input.
        logits: the tensor of scores.
        layers: how many it has.
        precision: in which it computes.
        rule: of its gradients; empty: plain.

    Example:
        >>> import attrvis
        >>> card_of(attrvis.load("embedded")).classes
        120
    """

    name: str
    digest: str
    preprocess: str
    labels: str
    classes: int
    size: tuple[int, ...]
    logits: str
    layers: int
    precision: str
    rule: str

    def save(self, path: str | Path) -> None:
        """Write it as JSON."""
        Path(path).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @staticmethod
    def load(path: str | Path) -> Card:
        """Read a card that `save` wrote.

        Raises:
            BadValue: the file holds none.
        """
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
            return Card(**{**found, "size": tuple(found["size"])})
        except (OSError, ValueError, TypeError, KeyError):
            raise BadValue(f"'{path}' holds no network's card.") from None

    def check(self, net: Network) -> None:
        """Hold a network against the card.

        Raises:
            BadValue: it is another; what differs is named.
        """
        other = card_of(net)
        differing = [
            f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)
        ]
        if differing:
            said = ", ".join(
                f"{name} ({getattr(self, name)} there, {getattr(other, name)} here)"
                for name in differing
            )
            raise BadValue(f"The network is not the one of the card; it differs in {said}.")


def card_of(net: Network) -> Card:
    """Describe a network.

    Args:
        net: the network.

    Returns:
        Its card; the digest is the same for the same graph and weights, wherever it is loaded.
    """
    labels = "\n".join(net.labels) if net.labels else ""
    return Card(
        net.name,
        net.lowered.digest(),
        str(net.preprocess),
        hashlib.sha256(labels.encode()).hexdigest() if labels else "",
        net.classes,
        net.size,
        net.logits,
        len(net.layers),
        net.precision,
        net.rule,
    )
