"""What holds for every store, whatever is behind it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.blobs.bytes_of import etag, pieces, put, read, tree
from trackline.blobs import BlobStore, Entry, Span, Step, probe
from trackline.blobs.clouds import AzureBlobs
from trackline.blobs.errors import BadName, IsFolder, NoSuchBlob, OutOfRange

MIB = 1024 * 1024
AWKWARD_NAMES = [
    *("a#b", "a#1", "50%.txt", "a%41", "%2e%2e", "q?x", "p+q", "two words", " lead", "trail ", "end.", "..."),
    *(".hidden", "~", "a:b", "a;b", "a*b", "a|b", "<x>", "{x}", "[y]", "a^b", "a`b", 'a"b', "a'b", "a\\b", "-rf"),
    *("Grüße ✓", "日本語.txt", "e\u0301", "\u00e9", "🎉", "x" * 255, "é" * 127),
]

names = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=60
).filter(lambda name: name not in {".", ".."})


class BrokenOff(Exception):
    pass


async def broken_off(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    raise BrokenOff


@pytest.mark.parametrize("size", [0, 1, 4096, MIB, MIB + 1, 5 * MIB + 17])
def test_a_file_comes_back_as_it_was_put(store: BlobStore, size: int) -> None:
    content = random.Random(size).randbytes(size)
    uneven = [content[start : start + 70_001] for start in range(0, size, 70_001)]

    async def run() -> None:
        before = time.time_ns() // 1_000_000
        await store.put("a/b/file", pieces(*uneven))
        blob = await store.get("a/b/file")
        assert (blob.size, blob.span) == (size, range(size))
        assert before - 1000 <= blob.modified_ms <= time.time_ns() // 1_000_000 + 1000
        assert b"".join([chunk async for chunk in blob.chunks]) == content
        await blob.chunks.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_any_name_is_kept_as_it_is(store: BlobStore, name: str) -> None:
    if isinstance(store, AzureBlobs) and "\\" in name:
        with pytest.raises(BadName):
            asyncio.run(put(store, name))
        return

    async def run() -> None:
        await put(store, f"{name}/{name}", name.encode())
        assert await store.entries("") == [Entry(name, None)]
        assert await store.entries(name) == [Entry(name, len(name.encode()))]
        assert await read(store, f"{name}/{name}") == name.encode()
        await store.delete(f"{name}/{name}")
        assert await tree(store) == {}

    asyncio.run(run())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(names, min_size=1, max_size=5))
def test_names_do_not_get_mixed_up(store: BlobStore, chosen: set[str]) -> None:
    async def run() -> None:
        await asyncio.gather(*(put(store, f"run/{name}", name.encode()) for name in chosen))
        assert {entry.name for entry in await store.entries("run")} == chosen
        contents = await asyncio.gather(*(read(store, f"run/{name}") for name in chosen))
        assert set(contents) == {name.encode() for name in chosen}
        await store.delete("run")

    asyncio.run(run())


def test_a_listing_shows_one_level_by_name(store: BlobStore) -> None:
    async def run() -> None:
        for path in ("b", "a/z", "a/deep/er/x", "a.txt", "B", "ab/x", "é"):
            await put(store, path, path.encode())
        assert await store.entries("") == [
            *(Entry("B", 1), Entry("a", None), Entry("a.txt", 5), Entry("ab", None), Entry("b", 1), Entry("é", 2)),
        ]
        assert await store.entries("a") == [Entry("deep", None), Entry("z", 3)]
        assert await store.entries("a/deep") == [Entry("er", None)]

    asyncio.run(run())


def test_a_file_and_what_is_not_there_list_as_nothing(store: BlobStore) -> None:
    async def run() -> None:
        await put(store, "a/file")
        for path in ("nope", "a/nope", "a/file", "a/file/deeper"):
            assert await store.entries(path) == []

    asyncio.run(run())


def test_a_folder_is_gone_with_its_last_file(store: BlobStore) -> None:
    async def run() -> None:
        await put(store, "a/b/c/file")
        await put(store, "a/other")
        await store.delete("a/b/c/file")
        assert await store.entries("a") == [Entry("other", 1)]
        await put(store, "a/b", b"now a file")
        assert await read(store, "a/b") == b"now a file"

    asyncio.run(run())


def test_a_file_can_be_replaced_and_its_etag_tells(store: BlobStore) -> None:
    async def run() -> None:
        await put(store, "file", b"one")
        first = await etag(store, "file")
        assert await etag(store, "file") == first
        await put(store, "file", b"two")
        assert await read(store, "file") == b"two"
        assert await etag(store, "file") != first

    asyncio.run(run())


def test_a_download_goes_on_with_what_it_began(store: BlobStore) -> None:
    old, new = b"o" * (3 * MIB), b"n" * 7

    async def run() -> None:
        await put(store, "file", old)
        blob = await store.get("file")
        received = await anext(aiter(blob.chunks))
        await put(store, "file", new)
        received += b"".join([chunk async for chunk in blob.chunks])
        await blob.chunks.aclose()
        assert received == old
        assert await read(store, "file") == new

    asyncio.run(run())


def test_missing_files_and_folders_are_told_apart(store: BlobStore) -> None:
    async def run() -> None:
        await put(store, "a/file")
        for path in ("nope", "a/nope", "a/file/deeper"):
            with pytest.raises(NoSuchBlob, match=path):
                await store.get(path)
        with pytest.raises(IsFolder):
            await store.get("a")

    asyncio.run(run())


@pytest.mark.parametrize("sent", [(), (b"x",), (b"x" * MIB, b"y" * MIB)])
def test_an_upload_that_breaks_off_leaves_everything_as_it_was(store: BlobStore, sent: tuple[bytes, ...]) -> None:
    async def run() -> None:
        await put(store, "kept", b"old")
        for path in ("kept", "new/file"):
            with pytest.raises(BrokenOff):
                await store.put(path, broken_off(*sent))
        assert await tree(store) == {"kept": 3}
        assert await read(store, "kept") == b"old"

    asyncio.run(run())


def test_an_upload_that_is_cancelled_leaves_nothing(store: BlobStore) -> None:
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * MIB
            started.set()

    async def run() -> None:
        uploading = asyncio.create_task(store.put("file", endless()))
        await started.wait()
        assert await tree(store) == {}
        uploading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await uploading
        assert await tree(store) == {}

    asyncio.run(run())


def test_of_many_uploads_to_one_path_one_wins_whole(store: BlobStore) -> None:
    contents = [bytes([letter]) * (MIB + letter) for letter in range(8)]

    async def slowly(content: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(content), 100_000):
            yield content[start : start + 100_000]
            await asyncio.sleep(0)

    async def run() -> None:
        await asyncio.gather(*(store.put("a/file", slowly(content)) for content in contents))
        assert await read(store, "a/file") in contents
        assert len(await tree(store)) == 1

    asyncio.run(run())


def test_uploads_beside_deletes_of_their_folder_do_not_fail(store: BlobStore) -> None:
    async def run() -> None:
        for number in range(50):
            await asyncio.gather(put(store, "a/b/file"), store.delete("a" if number % 2 else "a/b/file"))
        await put(store, "a/b/file")
        assert await tree(store) == {"a/b/file": 1}

    asyncio.run(run())


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=30),
    st.one_of(
        st.builds(Span, st.integers(0, 40), st.one_of(st.none(), st.integers(0, 40))),
        st.builds(Span, st.none(), st.integers(0, 40)),
    ),
)
def test_a_span_brings_those_bytes_and_no_others(store: BlobStore, content: bytes, span: Span) -> None:
    if span.first is None:
        expected = content[len(content) - min(span.last or 0, len(content)) :]
    else:
        expected = content[span.first : None if span.last is None else span.last + 1]

    async def run() -> None:
        await put(store, "file", content)
        if expected:
            assert await read(store, "file", span) == expected
        else:
            with pytest.raises(OutOfRange) as refused:
                await store.get("file", span)
            assert refused.value.size == len(content)

    asyncio.run(run())


def test_a_span_over_many_chunks(store: BlobStore) -> None:
    content = random.Random(1).randbytes(4 * MIB)

    async def run() -> None:
        await put(store, "file", content)
        blob = await store.get("file", Span(MIB - 5, 3 * MIB + 5))
        assert (blob.size, blob.span) == (4 * MIB, range(MIB - 5, 3 * MIB + 6))
        await blob.chunks.aclose()
        assert await read(store, "file", Span(MIB - 5, 3 * MIB + 5)) == content[MIB - 5 : 3 * MIB + 6]

    asyncio.run(run())


def test_delete_takes_a_file_or_a_whole_folder_and_nothing_beside_it(store: BlobStore) -> None:
    async def run() -> None:
        for path in ("a/1", "a/b/2", "a/b/c/3", "ab/4", "a.txt"):
            await put(store, path)
        await store.delete("a/b")
        assert set(await tree(store)) == {"a/1", "ab/4", "a.txt"}
        await store.delete("a.txt")
        await store.delete("a")
        assert set(await tree(store)) == {"ab/4"}

    asyncio.run(run())


def test_more_than_a_page_of_objects_is_listed_walked_and_deleted(store: BlobStore) -> None:
    names = [f"{number:04}" for number in range(1100)]

    async def run() -> None:
        gate = asyncio.Semaphore(32)

        async def one(name: str) -> None:
            async with gate:
                await put(store, f"many/{name}")

        await asyncio.gather(*(one(name) for name in names), put(store, "many-more"))
        assert [entry.name for entry in await store.entries("many")] == names
        assert {entry.name async for entry in store.walk("many")} == set(names)
        await store.delete("many")
        assert await tree(store) == {"many-more": 1}

    asyncio.run(run())


def test_a_walk_finds_every_file_below_a_folder(store: BlobStore) -> None:
    async def run() -> None:
        for path in ("top", "a/1", "a/b/22", "a/b/c/333", "ab/4"):
            await put(store, path, path.encode())
        assert {entry async for entry in store.walk("a")} == {Entry("1", 3), Entry("b/22", 6), Entry("b/c/333", 9)}
        assert len([entry async for entry in store.walk("")]) == 5
        for nothing in ("nope", "top", "a/1"):
            assert [entry async for entry in store.walk(nothing)] == []

    asyncio.run(run())


def test_what_is_known_of_a_file_is_known_without_opening_it(store: BlobStore) -> None:
    async def run() -> None:
        await put(store, "a/file", b"hello")
        blob = await store.get("a/file")
        await blob.chunks.aclose()
        assert await store.stat("a/file") == (blob.size, blob.etag, blob.modified_ms)
        with pytest.raises(NoSuchBlob, match="nope"):
            await store.stat("a/nope")
        with pytest.raises(IsFolder):
            await store.stat("a")

    asyncio.run(run())


def test_a_probe_finds_that_everything_works_and_leaves_nothing(store: BlobStore) -> None:
    async def run() -> None:
        steps = await probe(store)
        assert steps == [Step(name, None) for name in ("connect", "list", "write", "read back", "delete")]
        assert await store.entries("") == []

    asyncio.run(run())


def test_deleting_what_is_not_there_is_no_error(store: BlobStore) -> None:
    async def run() -> None:
        await put(store, "a/file")
        for path in ("nope", "a/nope/x", "a/file/deeper"):
            await store.delete(path)
        assert await tree(store) == {"a/file": 1}

    asyncio.run(run())


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a//b", "/x", "a/", "./x", "a/."])
def test_a_path_out_of_the_store_is_never_followed(store: BlobStore, path: str) -> None:
    async def run() -> None:
        with pytest.raises(ValueError, match="not the path of a blob"):
            await put(store, path)
        for work in (store.get, store.entries, store.delete):
            with pytest.raises(ValueError, match="not the path of a blob"):
                await work(path)

    asyncio.run(run())
