"""Points in few bytes: pcodec, column by column. The layout is described in store/METRIC-FORMAT.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pcodec import ChunkConfig  # type: ignore[import-untyped]
from pcodec.wrapped import FileCompressor, FileDecompressor  # type: ignore[import-untyped]

from trackline.domain.points import Points, Series

VERSION = 1

Number = TypeVar("Number", np.uint32, np.int64, np.float64)

_CONFIG = ChunkConfig(compression_level=4)  # level 8 takes five times as long for one per cent
_COMPRESSOR = FileCompressor()
_PREFIX: bytes = bytes([VERSION]) + _COMPRESSOR.write_header()
_PCODEC_TYPES = {"uint32": "u32", "int64": "i64", "float64": "f64"}


class UnreadablePoints(Exception):
    """The bytes were written by a newer program, or are not points."""


def encode(points: Points) -> bytes:
    """At least one point, sorted by key. Everything comes back bit for bit, NaN and -0.0 too."""
    keys, (steps, timestamps, values) = points
    columns: list[NDArray[Any]] = [timestamps, steps, values]
    if keys[0] != keys[-1]:
        columns.insert(0, keys)
    return b"".join([_PREFIX, *map(_compress, columns)])


def decode(payload: bytes, count: int, only_key: int | None) -> Points:
    """What `encode` was given: `count` points, all of `only_key` unless that is None."""
    with _pcodecs_errors():
        reader = _Reader(payload, count)
        keys = reader.column(np.uint32) if only_key is None else np.full(count, only_key, np.uint32)
        return Points(keys, reader.series())


def decode_series(payload: bytes, count: int, key: int, *, alone: bool) -> Series:
    """The points of `key` among those in `payload`; `alone`: there are no others."""
    with _pcodecs_errors():
        reader = _Reader(payload, count)
        if alone:
            return reader.series()
        first, end = np.searchsorted(reader.column(np.uint32), [key, key + 1])
        return reader.series().take(slice(first, end))


def _compress(column: NDArray[Any]) -> bytes:
    chunk = _COMPRESSOR.chunk_compressor(column, _CONFIG)
    compressed: bytes = chunk.write_meta() + chunk.write_page(0)
    return compressed


@contextmanager
def _pcodecs_errors() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise UnreadablePoints(f"not a metric block: {error}") from error


class _Reader:
    """Goes through a payload column by column."""

    def __init__(self, payload: bytes, count: int) -> None:
        if payload[:1] != _PREFIX[:1]:
            raise UnreadablePoints(f"metric block of version {payload[:1].hex()}; this program knows {VERSION}")
        self._rest = payload[1:]
        self._count = count
        self._file, used = FileDecompressor.new(self._rest)
        self._rest = self._rest[used:]

    def column(self, dtype: type[Number]) -> NDArray[Number]:
        column = np.empty(self._count, dtype)
        chunk, used = self._file.chunk_decompressor(self._rest, _PCODEC_TYPES[dtype.__name__])
        _, more = chunk.read_page_into(self._rest[used:], self._count, column)
        self._rest = self._rest[used + more :]
        return column

    def series(self) -> Series:
        timestamps, steps = self.column(np.int64), self.column(np.int64)
        return Series(steps, timestamps, self.column(np.float64))
