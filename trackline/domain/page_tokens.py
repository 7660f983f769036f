"""Where the next page of a search begins, as the text that a client hands back.

A token carries the sort values of the last row it was given, not a number of rows to skip: what is added or removed
meanwhile neither repeats nor hides a row. It also carries a digest of the query and of those values, so that one
that was cut, changed or made for another query is refused.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeAlias

import msgspec
from msgspec import Struct

from trackline.domain.entities import Int64
from trackline.domain.errors import InvalidParameter

SortValue: TypeAlias = int | float | str | None


class _Token(Struct, frozen=True, array_like=True):
    digest: bytes
    values: list[Int64 | float | str | None]


def make_token(query: Struct, values: Sequence[SortValue]) -> str:
    """The token for the page of `query` that comes after the row with these sort values."""
    content = msgspec.msgpack.encode(_Token(_digest(query, values), list(values)))
    return urlsafe_b64encode(content).decode().rstrip("=")


def read_token(query: Struct, token: str | None) -> list[SortValue] | None:
    """The sort values in `token`, None where there is no token. Raises InvalidParameter if it is not the query's."""
    if not token:
        return None
    try:
        content = b64decode(token + "=" * (-len(token) % 4), altchars="-_", validate=True)
        read = msgspec.msgpack.decode(content, type=_Token)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise InvalidParameter("Invalid page token, could not base64-decode") from None
    if read.digest != _digest(query, read.values):
        raise InvalidParameter("Invalid page token: it was not made for this search.")
    return list(read.values)


def _digest(query: Struct, values: Sequence[SortValue]) -> bytes:
    """Of everything that decides which rows come in which order; how many make a page may change."""
    same = msgspec.structs.replace(query, max_results=0, page_token=None)
    return blake2b(msgspec.msgpack.encode([type(query).__name__, same, list(values)]), digest_size=12).digest()
