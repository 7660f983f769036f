"""What holds for Azure alone, on its emulator, and how Google Cloud Storage is opened: it has none that obstore
can speak to.
"""

from __future__ import annotations

import asyncio
import base64
import urllib.request

import pytest

from tests.blobs.azurite import ACCOUNT
from tests.blobs.bytes_of import put, read, tree
from tests.blobs.conftest import BUCKET
from tests.servers import DIRECT, free_port
from trackline.blobs import BlobStore, MultipartUploads, Presigner, open_blobs, probe
from trackline.blobs.errors import NoSuchBucket, NotOffered, StoreFailed, StoreUnavailable, WrongOption

pytestmark = pytest.mark.usefixtures("impatient")

CONTAINER = f"wasbs://{BUCKET}@{ACCOUNT}.blob.core.windows.net"


def test_clients_of_azure_come_by_url(azure_store: BlobStore) -> None:
    assert isinstance(azure_store, Presigner)
    assert not isinstance(azure_store, MultipartUploads)

    async def run() -> None:
        url, headers = await azure_store.upload_url("a/file", 60, "text/plain")
        request = urllib.request.Request(url, data=b"hello", headers=headers, method="PUT")  # noqa: S310 not a file:
        with DIRECT.open(request, timeout=30):
            pass
        assert await read(azure_store, "a/file") == b"hello"
        with DIRECT.open(await azure_store.download_url("a/file", 60), timeout=30) as answer:
            assert answer.read() == b"hello"
        for name in ("two words", "ü"):
            with pytest.raises(NotOffered):
                await azure_store.download_url(name, 60)
            with pytest.raises(NotOffered):
                await azure_store.upload_url(name, 60)

    asyncio.run(run())


@pytest.mark.parametrize("scheme", ["wasb", "wasbs", "abfs", "abfss"])
@pytest.mark.parametrize("service", ["blob", "dfs"])
def test_the_same_container_has_many_names(azure_store: BlobStore, scheme: str, service: str) -> None:
    store = open_blobs(f"{scheme}://{BUCKET}@{ACCOUNT}.{service}.core.windows.net/{scheme}-{service}/")

    async def run() -> None:
        await put(store, "file", b"hello")
        assert await tree(open_blobs(f"{CONTAINER}/{scheme}-{service}")) == {"file": 5}

    asyncio.run(run())


def test_a_missing_container_and_a_wrong_key_of_azure_are_told_apart(
    azure_store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = open_blobs(f"wasbs://missing@{ACCOUNT}.blob.core.windows.net")
    monkeypatch.setenv("AZURE_STORAGE_ACCESS_KEY", base64.b64encode(b"wrong").decode())
    refused = open_blobs(CONTAINER)
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"http://127.0.0.1:{free_port()}/{ACCOUNT}")
    away = open_blobs(CONTAINER)

    async def run() -> None:
        for store, kind, advice in (
            (missing, NoSuchBucket, "has no container missing"),
            (refused, StoreFailed, "AZURE_STORAGE_ACCESS_KEY"),
            (away, StoreUnavailable, "AZURE_STORAGE_ENDPOINT"),
        ):
            problem = (await probe(store))[-1].problem
            assert type(problem) is kind
            assert advice in problem.message

    asyncio.run(run())


def test_google_is_opened_without_asking_it_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    key = '{"gcs_base_url": "http://127.0.0.1:%d", "disable_oauth": true, "client_email": "", "private_key": "",'
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", key % free_port() + ' "private_key_id": ""}')
    store = open_blobs("gs://bucket/folder")
    (step,) = asyncio.run(probe(store))
    assert step.name == "connect"
    assert isinstance(step.problem, StoreUnavailable)
    assert "gs://bucket does not answer" in step.problem.message


def test_a_service_account_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/file.json")
    with pytest.raises(WrongOption, match="Google Cloud Storage cannot be used"):
        open_blobs("gs://bucket/folder")
