"""`attrvis layers`: what a network is made of, and what it eats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from attrvis.cli.options import Loading, as_json, emit, network_options

if TYPE_CHECKING:
    from attrvis.networks import Layer, Network


@click.command()
@click.argument("model", default="embedded", metavar="[MODEL]")
@network_options(model=False)
@as_json
def layers(model: str, loading: Loading, as_json: bool) -> None:
    """List the layers of MODEL, in the order in which they run.

    MODEL is any form that `attrvis models` lists; the default is `embedded`.

    \b
    attrvis layers
    attrvis layers net.pb --preprocess tf
    """
    network = loading.of(model).network()
    if as_json:
        emit(_document(network))
    else:
        click.echo(_text(network))


def _document(network: Network) -> dict[str, Any]:
    return {
        "format": "attrvis.layers",
        "version": 1,
        "network": network.name,
        "size": list(network.size),
        "preprocess": str(network.preprocess),
        "preprocess_found": network.preprocess.found,
        "classes": network.classes,
        "logits": network.logits,
        "layers": [
            {
                "name": layer.name,
                "shape": list(layer.shape[1:]),
                "kind": layer.kind,
                "units": layer.shape[layer.unit_axis],
                "drawable": layer.drawable,
            }
            for layer in network.layers
        ],
    }


def _text(network: Network) -> str:
    eaten = f"{network.size[1]} x {network.size[0]} pixels" if network.size else "numbers"
    rows = [
        (layer.name, _shape(layer), layer.kind + ("  *" if layer.drawable else ""))
        for layer in network.layers
    ]
    found = f"; {network.preprocess.found}" if network.preprocess.found else ""
    names = max((len(name) for name, _, _ in rows), default=0)
    shapes = max((len(shape) for _, shape, _ in rows), default=0)
    return "\n".join(
        [
            f"{network.name}: {eaten} in, {network.classes} classes out",
            f"preprocess  {network.preprocess}{found}",
            f"logits      {network.logits}",
            "* good to visualise",
            "",
            *(f"{name:<{names}}  {shape:>{shapes}}  {kind}".rstrip() for name, shape, kind in rows),
        ]
    )


def _shape(layer: Layer) -> str:
    return " x ".join("?" if side is None else str(side) for side in layer.shape[1:])
