"""Throttling, broken connections and damaged bytes: tried again, else an error, and never half a file."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator

import pytest

from tests.blobs.bytes_of import pieces, put, read, tree
from tests.blobs.conftest import Bucket
from tests.blobs.faulty import Asked, Fault, faulty
from trackline.blobs.errors import StoreUnavailable
from trackline.blobs.s3_signing import Request

MIB = 1024 * 1024
BUSY = Fault(refusal=(503, "SlowDown", ""))
CONTENT = random.Random(7).randbytes(12 * MIB)


async def unfinished(bucket: Bucket) -> int:
    """How many multipart uploads wait for their end, in the whole bucket."""
    requests = bucket.store()._requests  # noqa: SLF001 no caller of the store ever needs to know
    answer = await requests.send(Request("GET", "", {"uploads": ""}))
    return len(re.findall("<UploadId>", answer))


@pytest.mark.parametrize("method", ["PUT", "GET", "POST", "HEAD"])
def test_a_throttled_request_is_tried_again(moto_bucket: Bucket, method: str) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            fake.fail(method, BUSY, times=3)
            await put(store, "a/file", b"hello")
            assert await read(store, "a/file") == b"hello"
            assert (await store.stat("a/file")).size == 5
            assert await tree(store) == {"a/file": 5}
            await store.delete("a")
            assert await tree(store) == {}
            assert sum(asked.method == method for asked in fake.asked) >= 4

    asyncio.run(run())


@pytest.mark.usefixtures("impatient")
def test_a_store_that_stays_busy_is_unavailable(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            fake.plan = lambda _: BUSY
            for work in (put(store, "file"), store.put("file", pieces(CONTENT)), store.get("file"), store.entries("")):
                with pytest.raises(StoreUnavailable, match="too busy at the moment"):
                    await work

    asyncio.run(run())


def test_an_upload_whose_connection_breaks_is_sent_again(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            for path, content in (("small", b"x" * 100_000), ("large", CONTENT)):
                fake.fail("PUT", Fault(cut_upload=50_000), times=2)
                await store.put(path, pieces(content), len(content))
                assert await read(store, path) == content

    asyncio.run(run())


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault",
    [Fault(cut_upload=50_000), Fault(refusal=(400, "XAmzContentSHA256Mismatch", "")), BUSY],
    ids=["cut", "damaged", "busy"],
)
@pytest.mark.parametrize("failing", ["small", "second part", "completion"])
def test_an_upload_that_fails_leaves_everything_as_it_was(moto_bucket: Bucket, fault: Fault, failing: str) -> None:
    def fails(asked: Asked) -> Fault | None:
        if failing == "completion":
            hit = asked.method == "POST" and "uploadId=" in asked.target
        else:
            hit = asked.method == "PUT" and (failing == "small" or "partNumber=2" in asked.target)
        return fault if hit else None

    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            await put(store, "kept", b"old")
            fake.plan = fails
            content = b"x" * 100_000 if failing == "small" else CONTENT
            for path in ("kept", "new"):
                with pytest.raises(StoreUnavailable):
                    await store.put(path, pieces(content), len(content))
            fake.plan = lambda _: None
            assert await tree(store) == {"kept": 3}
            assert await read(store, "kept") == b"old"
            assert await unfinished(moto_bucket) == 0

    asyncio.run(run())


@pytest.mark.usefixtures("impatient")
def test_an_upload_that_the_store_is_too_slow_for_is_never_half_there(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            fake.fail("PUT", Fault(seconds=2))
            with pytest.raises(StoreUnavailable, match="in time"):
                await store.put("file", pieces(CONTENT), len(CONTENT))
            assert await tree(store) == {}
            assert await unfinished(moto_bucket) == 0

    asyncio.run(run())


@pytest.mark.parametrize("end", ["the client fails", "the client goes away"])
def test_parts_of_an_upload_that_ends_early_are_removed(bucket: Bucket, end: str) -> None:
    reached = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * MIB
        reached.set()
        if end == "the client fails":
            raise ConnectionResetError
        await asyncio.sleep(60)

    async def run() -> None:
        store = bucket.store()
        uploading = asyncio.create_task(store.put("file", chunks()))
        await reached.wait()
        if end == "the client goes away":
            uploading.cancel()
        with pytest.raises((asyncio.CancelledError, ConnectionResetError)):
            await uploading
        assert await tree(store) == {}
        assert await unfinished(bucket) == 0

    asyncio.run(run())


def test_a_download_whose_connection_breaks_goes_on_where_it_was(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            await store.put("file", pieces(CONTENT))
            fake.fail("GET", Fault(cut_download=3 * MIB), times=2)
            assert await read(store, "file") == CONTENT

    asyncio.run(run())


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", [Fault(cut_download=100), Fault(seconds=2)], ids=["cut", "slow"])
def test_a_download_that_stays_broken_is_an_error(moto_bucket: Bucket, fault: Fault) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            await put(store, "file", b"x" * 100_000)
            fake.fail("GET", fault)
            with pytest.raises(StoreUnavailable):
                await read(store, "file")

    asyncio.run(run())


def test_a_download_never_goes_on_with_another_file(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            await store.put("file", pieces(CONTENT))
            fake.fail("GET", Fault(cut_download=3 * MIB), times=1)
            blob = await store.get("file")
            await store.put("file", pieces(CONTENT[::-1]))
            received = bytearray()

            async def read_on() -> None:
                async for chunk in blob.chunks:
                    received.extend(chunk)

            with pytest.raises(StoreUnavailable):
                await read_on()
            assert CONTENT.startswith(received)

    asyncio.run(run())


@pytest.mark.usefixtures("impatient")
def test_folders_are_deleted_where_the_store_has_no_bulk_delete(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            fake.fail("POST", Fault(refusal=(501, "NotImplemented", "")))
            for number in range(5):
                await put(store, f"a/{number}")
            await store.delete("a")
            assert await tree(store) == {}

    asyncio.run(run())
