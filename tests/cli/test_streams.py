"""Streams and signals as a shell has them; each case is a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ATTRVIS = (sys.executable, "-m", "attrvis.cli")
ROOT = str(Path(__file__).resolve().parents[2])


def environment(**extra):
    return {**os.environ, "PYTHONPATH": ROOT, "ATTRVIS_DEBUG": "", **extra}


@pytest.mark.parametrize("words", [("predict", "nowhere.jpg"), ("paint",)])
def test_an_error_is_one_line_and_a_status(words, tmp_path):
    done = subprocess.run(
        [*ATTRVIS, *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def start(model, photo, folder, *words):
    return subprocess.Popen(
        [*ATTRVIS, "explain", photo, "--model", model, "--preprocess", "unit", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment(),
        # A suite that was started in the background ignores SIGINT, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_ctrl_c_while_drawing_writes_a_complete_set(model, photo, tmp_path):
    with start(model, photo, tmp_path, "--render-steps", "100000", "--out", "a result") as running:
        for line in running.stderr:
            if line.startswith("attribution"):
                break
        time.sleep(4)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Traceback" not in err
    document = json.loads((tmp_path / "a result" / "explanation.json").read_text())
    assert document["status"] == "interrupted"
    assert (tmp_path / "a result" / "index.html").exists()
    assert "nterrupted" in out
    assert [path.name for path in tmp_path.iterdir()] == ["a result"]
