"""Stores of artifacts for tests of work on them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.object_stores import StoreMissing, moto_server
from trackline.blobs import BlobStore, StoreOptions, create_bucket, open_blobs
from trackline.blobs.local import LocalStore

NEW_BUCKETS = itertools.count()


@pytest.fixture(scope="session")
def s3_options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreOptions]:
    try:
        with moto_server(tmp_path_factory.mktemp("moto")) as server:
            yield StoreOptions(
                server.url, region=server.region, access_key=server.access_key, secret_key=server.secret_key
            )
    except StoreMissing as reason:
        pytest.skip(str(reason))


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """An empty store, of each kind."""
    if request.param == "folder":
        return LocalStore(tmp_path / "artifacts")
    options = request.getfixturevalue("s3_options")
    bucket = f"s3://kept-{next(NEW_BUCKETS)}"
    asyncio.run(create_bucket(bucket, options))
    return open_blobs(f"{bucket}/artifacts", options)
