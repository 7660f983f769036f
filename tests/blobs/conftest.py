"""The stores that the suite runs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackline.blobs import BlobStore
from trackline.blobs.local import LocalStore


@pytest.fixture(params=["local folder"])
def store(tmp_path: Path) -> BlobStore:
    """An empty store."""
    return LocalStore(tmp_path / "artifacts")
