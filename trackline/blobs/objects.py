"""Artifacts as objects in a bucket, under their own names: on S3, Google Cloud Storage and Azure, by obstore."""

from __future__ import annotations

import asyncio
import atexit
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

from trackline.blobs.batches import batched
from trackline.blobs.errors import BadName, BlobError, IsFolder, NoSuchBlob, OutOfRange, StoreFailed
from trackline.blobs.objects_errors import Explainer, RangeRefused, no_such_blob
from trackline.blobs.objects_io import READ_SIZE, Feed, ObjectChunks, send_all
from trackline.blobs.store import Blob, Entry, SignedUrl, Span, Stat, parts_of

if TYPE_CHECKING:
    from obstore import Attributes, GetOptions, ObjectMeta, PutResult
    from obstore.store import AzureStore, GCSStore, S3Store

    Cloud = S3Store | GCSStore | AzureStore

Method = Literal["GET", "PUT"]

MIB = 1024 * 1024
PART = 5 * MIB  # bytes; the least that S3 takes
PARTS = 10_000  # the most that S3 takes
MOST_AT_ONCE = 5  # parts of one upload on their way, when it is alone: each takes its size of memory
FEWEST_AT_ONCE = 2
LONGEST_KEY = 1024  # bytes; the same on all three
CALM_SECONDS = 0.2
PAGE = 1000  # objects listed and deleted at once

UPLOADS: set[asyncio.Future[PutResult]] = set()  # asyncio itself would forget those that nobody waits for


@cache
def _end_calmly() -> None:
    """A thread of obstore's that comes back to Python just as that ends would abort the process: exit code 134."""
    atexit.register(time.sleep, CALM_SECONDS)


class ObjectStore:
    """A `BlobStore` and `Presigner` on a bucket, below `prefix`."""

    upload_headers: dict[str, str] = {}  # noqa: RUF012 what clients send with an upload of their own
    refused_letters = frozenset([*map(chr, range(32)), "\x7f"])

    def __init__(self, store: Cloud, explainer: Explainer, single: Callable[[], Cloud] | None = None) -> None:
        """`single` opens the same store so that it deletes objects one by one, which every store can."""
        _end_calmly()
        self._store = store
        self._deleting = store
        self._single = single
        self._explainer = explainer
        self._key_room = LONGEST_KEY - len(f"{store.prefix or ''}/".encode())
        self._attributes: Attributes = {}
        self._tags: dict[str, str] = {}

    async def put(self, path: str, chunks: AsyncIterable[bytes], size: int | None = None) -> None:
        self._check(path)
        head: list[bytes] = []
        batches = batched(chunks)
        async for batch in batches:
            head.append(batch)
            if sum(map(len, head)) > PART:
                break
        else:
            with self._explainer.explained(path):
                await self._store.put_async(
                    path, b"".join(head), attributes=self._attributes, tags=self._tags, use_multipart=False
                )
            return
        await self._put_parts(path, head, batches, size)

    async def get(self, path: str, span: Span | None = None) -> Blob:
        self._check(path)
        try:
            with self._explainer.explained(path):
                result = await self._store.get_async(path, options=await self._range(path, span))
        except NoSuchBlob:
            raise await self._missing(path) from None
        except RangeRefused:
            raise _out_of_range((await self.stat(path)).size) from None
        stat = _stat(result.meta)
        chunks = ObjectChunks(result.stream(min_chunk_size=READ_SIZE), path, self._explainer)
        return Blob(*stat, range(*result.range), chunks)

    async def stat(self, path: str) -> Stat:
        self._check(path)
        try:
            with self._explainer.explained(path):
                return _stat(await self._store.head_async(path))
        except NoSuchBlob:
            raise await self._missing(path) from None

    async def entries(self, path: str) -> list[Entry]:
        self._check(path)
        with self._explainer.explained(path):
            listing = await self._store.list_with_delimiter_async(path or None)
        start = len(path) + 1 if path else 0
        folders = [Entry(prefix[start:], None) for prefix in listing["common_prefixes"]]
        files = [Entry(one["path"][start:], one["size"]) for one in listing["objects"] if one["path"] != path]
        return sorted(folders + files, key=lambda entry: (entry.name, entry.size is None))

    async def walk(self, path: str) -> AsyncIterator[Entry]:
        start = len(path) + 1 if path else 0
        async for page in self._pages(path):
            for one in page:
                yield Entry(one["path"][start:], one["size"])

    async def delete(self, path: str) -> None:
        self._check(path)
        if path:
            await self._delete_all(path, [path])
        async for page in self._pages(path):
            await self._delete_all(path, [one["path"] for one in page])

    async def download_url(self, path: str, seconds: int, disposition: str = "") -> str:  # noqa: ARG002
        self._check(path)
        with self._explainer.explained(path):
            return await sign(self._store, "GET", path, seconds)

    async def upload_url(self, path: str, seconds: int, content_type: str = "") -> SignedUrl:
        self._check(path)
        with self._explainer.explained(path):
            url = await sign(self._store, "PUT", path, seconds)
        headers = {"Content-Type": content_type} if content_type else {}
        return SignedUrl(url, self.upload_headers | headers)

    async def _put_parts(self, path: str, head: list[bytes], rest: AsyncIterator[bytes], size: int | None) -> None:
        feed = Feed()
        part = part_size(size)
        uploading = asyncio.ensure_future(
            self._store.put_async(
                path,
                feed,
                attributes=self._attributes,
                tags=self._tags,
                use_multipart=True,
                chunk_size=part,
                max_concurrency=max(1, _parts_at_once() * PART // part),
            )
        )
        UPLOADS.add(uploading)
        uploading.add_done_callback(_forget)
        try:
            await send_all(head, rest, feed, uploading)
        except BaseException:
            feed.break_off()
            await asyncio.wait([uploading])
            raise
        with self._explainer.explained(path):
            await asyncio.shield(uploading)

    async def _range(self, path: str, span: Span | None) -> GetOptions:
        """Azure has no ranges that count from the end, and no store has empty ones."""
        if span is None:
            return {}
        if span.first is not None and (span.last is None or span.last >= span.first):
            return {"range": {"offset": span.first} if span.last is None else (span.first, span.last + 1)}
        size = (await self.stat(path)).size
        wanted = span.of(size)
        if wanted is None:
            raise _out_of_range(size)
        return {"range": (wanted.start, wanted.stop)}

    async def _pages(self, path: str) -> AsyncIterator[Sequence[ObjectMeta]]:
        """All objects below the folder, without the empty one by which some programs mark a folder."""
        self._check(path)
        listing = self._store.list(path or None, chunk_size=PAGE)
        while True:
            with self._explainer.explained(path):
                page = await anext(listing, None)
            if page is None:
                return
            yield [one for one in page if one["path"] != path]

    async def _missing(self, path: str) -> BlobError:
        """Why there is no such object; asking for one does not always tell that the bucket is missing."""
        async for page in self._pages(path):
            if page:
                return IsFolder(f"Artifact path refers to a directory, not a file: '{path}'")
        return no_such_blob(path)

    async def _delete_all(self, path: str, keys: list[str]) -> None:
        try:
            with self._explainer.explained(path):
                await self._deleting.delete_async(keys)
        except NoSuchBlob:  # Google and Azure, which may not have come to the others
            for key in keys if len(keys) > 1 else []:
                await self._delete_all(path, [key])
        except StoreFailed:
            if self._single is None:
                raise
            self._deleting, self._single = self._single(), None
            await self._delete_all(path, keys)

    def _check(self, path: str) -> None:
        parts_of(path)
        if not self.refused_letters.isdisjoint(path):
            raise BadName(f"The object store keeps no names with such characters: {path!r}")
        try:
            length = len(path.encode())
        except UnicodeEncodeError:
            raise BadName(f"The object store keeps only names in Unicode: {path!r}") from None
        if length > self._key_room:
            raise BadName(f"The object store keeps no names longer than {LONGEST_KEY} bytes: '{path}'")


async def sign(store: Cloud, method: Method, path: str, seconds: int) -> str:
    from obstore import sign_async

    return await sign_async(store, method, path, timedelta(seconds=seconds))


def part_size(size: int | None) -> int:
    """Bytes of each part of an upload, so that a file of `size` bytes has no more than 10,000 of them."""
    return max(PART, -(-(size or 0) // (PARTS * MIB)) * MIB)


def _parts_at_once() -> int:
    """The more uploads there are, the fewer parts of each: together they keep the store busy all the same."""
    return max(FEWEST_AT_ONCE, MOST_AT_ONCE - len(UPLOADS))


def _forget(upload: asyncio.Future[PutResult]) -> None:
    UPLOADS.discard(upload)
    upload.exception()  # or asyncio complains that nobody asked, when the client has gone


def _stat(meta: ObjectMeta) -> Stat:
    etag = (meta["e_tag"] or "").removeprefix("W/").strip('"')
    return Stat(meta["size"], etag, int(meta["last_modified"].timestamp() * 1000))


def _out_of_range(size: int) -> OutOfRange:
    return OutOfRange(f"The file has {size} bytes.", size)
