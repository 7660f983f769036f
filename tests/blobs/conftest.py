"""The stores that the suite runs on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

import pytest

from tests.blobs.azurite import ACCOUNT, KEY, azurite, make_container
from tests.object_stores import S3Server, StoreMissing, ceph_rgw, moto_server
from trackline.blobs import BlobStore, StoreOptions, create_bucket, open_blobs
from trackline.blobs.local import LocalStore
from trackline.blobs.patience import AT_WORK, Patience
from trackline.blobs.s3 import S3Store

BUCKET = "trackline-tests"
S3 = ["moto", "ceph http", "ceph https"]
T = TypeVar("T")
_numbers = count()


class Bucket(NamedTuple):
    """A bucket on a running server, and how to get in."""

    server: S3Server
    options: StoreOptions

    def store(self, **changes: object) -> S3Store:
        """An empty store below a new prefix."""
        options = StoreOptions(**{**vars(self.options), **changes})
        store = open_blobs(f"s3://{BUCKET}/test/{next(_numbers)}", options)
        assert isinstance(store, S3Store)
        return store


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with _running(moto_server, tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with _running(ceph_rgw, tmp_path_factory.mktemp("ceph")) as server:
        yield server


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an account with a container."""
    with _running(azurite, tmp_path_factory.mktemp("azurite")) as url:
        make_container(url, BUCKET)
        yield url


@pytest.fixture
def azure_store(azure: str, monkeypatch: pytest.MonkeyPatch) -> BlobStore:
    """An empty store."""
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", azure)
    monkeypatch.setenv("AZURE_STORAGE_ACCESS_KEY", KEY)
    return open_blobs(f"wasbs://{BUCKET}@{ACCOUNT}.blob.core.windows.net/test/{next(_numbers)}")


@pytest.fixture(params=["local folder", *S3, "azure"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """An empty store."""
    if request.param == "local folder":
        return LocalStore(tmp_path / "artifacts")
    if request.param == "azure":
        return cast(BlobStore, request.getfixturevalue("azure_store"))
    return _bucket(request, request.param).store()


@pytest.fixture(params=S3)
def bucket(request: pytest.FixtureRequest) -> Bucket:
    return _bucket(request, request.param)


@pytest.fixture
def moto_bucket(request: pytest.FixtureRequest) -> Bucket:
    return _bucket(request, "moto")


@pytest.fixture
def ceph_bucket(request: pytest.FixtureRequest) -> Bucket:
    """On the store that checks signatures."""
    return _bucket(request, "ceph http")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives up soon."""
    client, retries = AT_WORK.client | {"read_timeout": timedelta(seconds=0.5)}, AT_WORK.retries | {"max_retries": 2}
    monkeypatch.setattr("trackline.blobs.patience.AT_WORK", Patience(client, retries))


def options_of(server: S3Server, *, https: bool = False) -> StoreOptions:
    return StoreOptions(
        endpoint_url=server.https_url if https else server.url,
        region=server.region,
        access_key=server.access_key,
        secret_key=server.secret_key,
        ca_bundle=str(server.ca_file) if https else "",
    )


def _bucket(request: pytest.FixtureRequest, kind: str) -> Bucket:
    server = request.getfixturevalue(kind.partition(" ")[0])
    options = options_of(server, https=kind.endswith("https"))
    asyncio.run(create_bucket(f"s3://{BUCKET}", options))
    return Bucket(server, options)


@contextmanager
def _running(start: Callable[[Path], AbstractContextManager[T]], folder: Path) -> Iterator[T]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start(folder))
        except StoreMissing as reason:
            pytest.skip(str(reason))
        yield server
