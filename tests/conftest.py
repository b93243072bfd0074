"""What every test shares: a quiet TensorFlow, steady properties, and the folder of real data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("MPLBACKEND", "Agg")

from hypothesis import HealthCheck, settings

settings.register_profile(
    "attrvis",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("attrvis")


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of real networks and photos, or skip and say why."""
    named = os.environ.get("ATTRVIS_DATA")
    if not named:
        pytest.skip("ATTRVIS_DATA does not name a folder of real networks and photos")
    folder = Path(named).expanduser().resolve()
    if not (folder / "networks").is_dir():
        pytest.fail(f"ATTRVIS_DATA={named} holds no networks/ folder")
    return folder
