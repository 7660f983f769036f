"""What the fuzzers try. A target takes any bytes and raises where the program breaks its word.

Nothing here knows of a fuzzer, so that plain tests can try kept inputs as well (test_corpus.py).
"""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import numpy as np

from tests.databases import Sqlite
from tests.fuzz.door import door
from trackline.blobs.errors import BlobError
from trackline.blobs.local import LocalStore
from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import check_location, file_path, folder_path, proxied_path
from trackline.domain.errors import RequestError
from trackline.domain.filters import (
    ExperimentQuery,
    LoggedModelQuery,
    ModelOrder,
    ModelVersionQuery,
    RegisteredModelQuery,
    RunQuery,
)
from trackline.domain.model_sources import is_below, parse_source
from trackline.domain.page_tokens import SortValue, make_token, read_token
from trackline.domain.points import Points, Series
from trackline.domain.series_codec import UnreadablePoints, decode, encode
from trackline.server.routes import CALLS
from trackline.store import search
from trackline.wire.decode import Shape

Target = Callable[[bytes], None]
MOST_POINTS = 4096  # in one block
ROOTS = ("mlflow-artifacts:/", "s3://bucket/root", "/var/artifacts", "file:///var/artifacts")


@contextmanager
def filters() -> Iterator[Target]:
    """Filters and orders of every search, down to the database."""
    with TemporaryDirectory() as folder, Sqlite(Path(folder)).transaction() as tx:
        yield lambda data: _search(tx, data)


def _search(tx: Transaction, data: bytes) -> None:
    which, text = data[:1], data[1:].decode(errors="replace")
    with suppress(RequestError):
        match which[0] % 8 if which else 0:
            case 0 | 7:
                search.search_runs(tx, RunQuery(experiment_ids=[1], filter=text))
            case 1:
                search.search_runs(tx, RunQuery(experiment_ids=[1, 2], order_by=text.split("\n")))
            case 2:
                search.ask_experiments(tx, ExperimentQuery(filter=text))()
            case 3:
                search.search_logged_models(tx, LoggedModelQuery(experiment_ids=[1], filter=text))
            case 4:
                orders = [ModelOrder(name) for name in text.split("\n")]
                search.search_logged_models(tx, LoggedModelQuery(experiment_ids=[1], order_by=orders))
            case 5:
                search.search_registered_models(tx, RegisteredModelQuery(filter=text))
            case 6:
                search.search_model_versions(tx, ModelVersionQuery(filter=text, order_by=text.split("\n")))


@contextmanager
def shapes() -> Iterator[Target]:
    """The decoder of requests, with the shape of every endpoint."""
    made = {call.shape: Shape(call.shape) for call in CALLS}
    by_number = list(made.values())

    def read(data: bytes) -> None:
        shape = by_number[data[0] % len(by_number)] if data else by_number[0]
        rest = data[1:]
        with suppress(RequestError):
            msgspec.to_builtins(shape.from_body(rest))
        with suppress(RequestError):
            msgspec.to_builtins(shape.from_query(rest.decode(errors="replace")))

    yield read


@contextmanager
def paths() -> Iterator[Target]:
    """Paths of artifacts: the rules, and the folder that they protect."""
    with TemporaryDirectory() as folder, asyncio.Runner() as runner:
        root = Path(folder) / "root"
        outside = Path(folder) / "outside"
        outside.write_bytes(b"outside")
        store = LocalStore(root)
        link = root / "link"

        def read(data: bytes) -> None:
            if not link.is_symlink():  # a file of that name took its place
                link.symlink_to(folder)
            text = data[1:].decode(errors="surrogateescape" if data[:1] == b"S" else "replace")
            with suppress(RequestError):
                _check_path(file_path(text), root)
            with suppress(RequestError):
                check_location(text)
            with suppress(RequestError):
                proxied_path(text)
            with suppress(RequestError):
                folder_path(text)
            runner.run(_put_and_get(store, text))
            assert outside.read_bytes() == b"outside"
            assert sorted(one.name for one in Path(folder).iterdir()) == ["outside", "root"]

        yield read


def _check_path(path: str, root: Path) -> None:
    assert file_path(path) == path
    assert posixpath.normpath(path) == path and not path.startswith(("/", "../"))
    assert (root / path).resolve(strict=False).is_relative_to(root.resolve()) or path.partition("/")[0] == "link"


async def _put_and_get(store: LocalStore, text: str) -> None:
    """With paths that passed the rules, as the endpoints do; the store then answers or says why not."""
    with suppress(RequestError, BlobError):
        path = file_path(text)
        await store.put(path, _bytes())
        blob = await store.get(path)
        content = b"".join([bytes(chunk) async for chunk in blob.chunks])
        await blob.chunks.aclose()
        assert content == b"content"
        await store.delete(path)


async def _bytes() -> Any:
    yield b"content"


@contextmanager
def sources() -> Iterator[Target]:
    """Sources of model versions: what is below a root stays there."""

    def read(data: bytes) -> None:
        text = data.decode(errors="replace")
        with suppress(RequestError):
            parse_source(text)
        for root in ROOTS:
            with suppress(RequestError):
                if is_below(text, root):
                    assert f"{_leads_to(text)}/".startswith(f"{_leads_to(root)}/")

    yield read


def _leads_to(uri: str) -> str:
    """The folder that a program comes to which undoes all escapes and follows each `..`."""
    path = urlsplit(uri).path
    while (plain := unquote(path)) != path:
        path = plain
    return posixpath.normpath(f"/{path.strip('/')}").rstrip("/")


@contextmanager
def tokens() -> Iterator[Target]:
    """Page tokens: only those that were made for a query are read."""
    query = RunQuery(experiment_ids=[1], filter="metrics.m > 1")
    values: list[SortValue] = [1, 0.5, "x", None]
    made = make_token(query, values)

    def read(data: bytes) -> None:
        text = data.decode(errors="replace")
        for token in (text, made[: len(text) % len(made)] + text):
            with suppress(RequestError):
                assert read_token(query, token) == (values if token else None)

    yield read


@contextmanager
def points() -> Iterator[Target]:
    """The codec of metric points: any points come back bit for bit, any bytes are read or refused."""

    def read(data: bytes) -> None:
        rows = np.frombuffer(data[: len(data) // 24 * 24], np.int64).reshape(-1, 3)
        if len(rows):
            keys = np.sort((rows[:, 0] & 3).astype(np.uint32))
            series = Series(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy().view(np.float64))
            alone = int(keys[0]) if keys[0] == keys[-1] else None
            back = decode(encode(Points(keys, series)), len(rows), alone)
            assert back.keys.tobytes() == keys.tobytes()
            assert [column.tobytes() for column in back.series] == [column.tobytes() for column in series]
        with suppress(UnreadablePoints):
            decode(data, MOST_POINTS, None)

    yield read


TARGETS: dict[str, Callable[[], AbstractContextManager[Target]]] = {
    target.__name__: target for target in (filters, shapes, door, paths, sources, tokens, points)
}
