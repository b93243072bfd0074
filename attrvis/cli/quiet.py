"""Import TensorFlow without the lines that it writes to the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from attrvis.cli.guard import debugging


def import_quietly() -> None:
    """Import TensorFlow, its log silenced, unless `ATTRVIS_DEBUG=1` or a level was asked for.

    Its C++ side writes to the process's stderr before any log level is read, so that file
    descriptor points elsewhere during the import.
    """
    if "tensorflow" in sys.modules:
        return
    if debugging():
        import tensorflow

        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    with _stderr_elsewhere():
        import tensorflow  # noqa: F401
    import logging

    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def _stderr_elsewhere() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
