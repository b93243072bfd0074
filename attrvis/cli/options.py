"""The options that every command which loads a network shares."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrvis.cli.quiet import import_quietly
from attrvis.errors import BadValue, ModelError

if TYPE_CHECKING:
    from attrvis.networks import Network


@dataclass(frozen=True)
class Loading:
    """Which network to load and how, as given on the command line.

    Args:
        model: `embedded`, a path or a handle.
        preprocess: a name or `mean=R,G,B,std=R,G,B`; None lets the loader tell.
        labels: a label file, or None.
        size: height and width that the network is run at, in pixels, or None for its own.
        precision: `float32` or `bfloat16`.
        logits: the tensor of class scores before the softmax, where it cannot be found.
        signature: which signature of a SavedModel, or None.
        input: the image placeholder of a frozen graph, where it cannot be found.
        trust: load a graph although it holds ops that are not known to be harmless.
    """

    model: str = "embedded"
    preprocess: str | None = None
    labels: Path | None = None
    size: int | None = None
    precision: str = "float32"
    logits: str | None = None
    signature: str | None = None
    input: str | None = None
    trust: bool = False

    def of(self, model: str) -> Loading:
        """Give the same options for another model."""
        return replace(self, model=model)

    def check(self) -> None:
        """Find out what can be known without loading anything.

        Raises:
            ModelError: there is no such model file.
            BadValue: there is no such label file.
        """
        handle = self.model == "embedded" or self.model.startswith(("keras:", "slim:"))
        handle = handle or "://" in self.model
        if not handle and not Path(self.model).exists():
            raise ModelError(
                f"There is no model '{self.model}'; give a .pb, .keras or .h5 file, a SavedModel "
                "folder, a TensorFlow Hub handle, keras:NAME?weights=FILE, or 'embedded'."
            )
        if self.labels is not None and not self.labels.is_file():
            raise BadValue(f"There is no label file '{self.labels}'; give one label a line.")

    def network(self) -> Network:
        """Import TensorFlow and load the network."""
        self.check()
        import_quietly()
        import attrvis

        network = attrvis.load(
            self.model,
            preprocess=self.preprocess,
            labels=self.labels,
            size=self.size,
            logits=self.logits,
            signature=self.signature,
            input=self.input,
            trust=self.trust,
        )
        return network if self.precision == "float32" else network.with_precision(self.precision)


_OPTIONS: dict[str, Callable[..., Any]] = {
    "model": click.option(
        "--model",
        "-m",
        default="embedded",
        show_default=True,
        metavar="MODEL",
        help="A frozen graph (.pb), a Keras file (.keras, .h5), a SavedModel folder, a TensorFlow "
        "Hub handle, keras:NAME?weights=FILE, or the network that comes along; see 'attrvis "
        "models'.",
    ),
    "preprocess": click.option(
        "--preprocess",
        metavar="NAME",
        help="What the network eats: unit, 255, tf, torch, caffe, caffe-rgb or "
        "mean=R,G,B,std=R,G,B in [0, 1] units. Known for 'embedded', keras.applications and "
        "TensorFlow Hub.",
    ),
    "labels": click.option(
        "--labels",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Class names: one a line, or JSON.",
    ),
    "size": click.option(
        "--size",
        metavar="N",
        type=click.IntRange(1, 4096),
        help="Run the network at N x N pixels instead of its own size.",
    ),
    "precision": click.option(
        "--precision",
        type=click.Choice(["float32", "bfloat16"]),
        default="float32",
        show_default=True,
        help="bfloat16 is faster on processors with AVX512-BF16.",
    ),
    "logits": click.option(
        "--logits",
        metavar="NAME",
        help="The class scores before the softmax, where they cannot be found.",
    ),
    "signature": click.option(
        "--signature", metavar="NAME", help="Which signature of a SavedModel to use."
    ),
    "input": click.option(
        "--input", metavar="NAME", help="The image input of a graph, where it cannot be found."
    ),
    "trust": click.option(
        "--trust",
        is_flag=True,
        help="Load a model although it holds ops that are not known to be harmless.",
    ),
}


def network_options(*, model: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the shared options, which reach it as one `loading` argument.

    Args:
        model: whether `--model` is one of them; without it the network is the embedded one.
    """
    options = {name: option for name, option in _OPTIONS.items() if model or name != "model"}

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_loading(*args: Any, **given: Any) -> Any:
            loading = Loading(**{name: given.pop(name) for name in options})
            return command(*args, loading=loading, **given)

        for option in reversed(options.values()):
            with_loading = option(with_loading)
        return with_loading

    return decorate


as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else."
)

fit_option = click.option(
    "--fit",
    type=click.Choice(["crop", "pad", "stretch"]),
    default="crop",
    show_default=True,
    help="How the photo meets the network's size.",
)


def emit(document: dict[str, Any]) -> None:
    """Print one JSON document on stdout."""
    import json

    click.echo(json.dumps(document, indent=2, allow_nan=False))
