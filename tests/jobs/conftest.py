"""Stores of artifacts for tests of work on them, and histories of real MLflows, each made once in a session."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.jobs.importers.made import mlflow
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


@pytest.fixture(scope="session")
def made_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the database that this MLflow has made, in a folder of its own with its artifacts."""

    @cache
    def made(version: str) -> Path:
        folder = tmp_path_factory.mktemp(f"mlflow-{version}")
        mlflow(version, folder, "make", f"sqlite:///{folder / 'mlflow.db'}", str(folder / "artifacts"))
        return folder / "mlflow.db"

    return made


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the mlruns folder that this MLflow has made."""

    @cache
    def made(version: str) -> Path:
        folder = tmp_path_factory.mktemp(f"mlruns-{version}")
        mlflow(version, folder, "make", str(folder / "mlruns"), str(folder / "artifacts"))
        return folder / "mlruns"

    return made


@pytest.fixture
def mlflow_database(made_database: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of the database of MLflow 3.17."""
    return Path(shutil.copy(made_database("3.17"), tmp_path / "mlflow.db"))
