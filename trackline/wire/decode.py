"""From the bytes of a request to a checked value, with the reason in MLflow's words where that fails."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_args
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from trackline.domain.errors import BadRequest, InvalidParameter

T = TypeVar("T", bound=Struct)

_MISSING = re.compile(r"Object missing required field `(?P<field>\w+)`(?: - at `\$\.?(?P<path>.*)`)?")
_EMPTY = re.compile(r"Expected `(?:str|array)` of length >= 1 - at `\$\.(?P<path>.*)`")
_NULL = re.compile(r"Expected `[^`]*`, got `null` - at `\$\.(?P<path>.*)`", re.DOTALL)
_WRONG = re.compile(r"(?P<what>.*) - at `\$\.(?P<path>.*)`", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Shape:
    """How requests of one type are read; made once for each endpoint."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind, strict=False)
        self._fields = [(field.name, _is_list(field.type)) for field in msgspec.structs.fields(kind)]
        self._snake = {_camel(name): name for name in _names(kind) if "_" in name}
        # What a plain body does not hold: names in another spelling, and NUL characters; and of each a letter that few
        # bodies have at all, since a letter is found ten times as fast as a word.
        signs = [("\\", r"\u0000"), *((_rarest(name), f'"{name}"') for name in self._snake)]
        self._signs = [(letter.encode(), sign.encode()) for letter, sign in signs]

    def from_body(self, body: bytes, path: Mapping[str, str] = {}) -> Any:
        """The request in a JSON body; parts of the URL's path count as fields of it."""
        try:
            if not path and self._is_plain(body):
                with contextlib.suppress(_NotPlain):
                    return self._plain(body)
            return self._checked({**_object(_read(body)), **path})
        except msgspec.ValidationError as error:
            raise _refusal(str(error)) from None
        except ValueError as error:
            raise BadRequest(f"The body is not valid JSON: {error}.") from None
        except RecursionError:
            raise BadRequest("The body is nested too deeply.") from None

    def from_query(self, query: str, path: Mapping[str, str] = {}) -> Any:
        """The request in a query string: repeated fields are lists, of a scalar the first counts."""
        said = _said(query)
        given = {name: said[name] if is_list else said[name][0] for name, is_list in self._fields if name in said}
        try:
            return self._checked({**given, **path})
        except msgspec.ValidationError as error:
            raise _refusal(str(error)) from None

    def _is_plain(self, body: bytes) -> bool:
        return not any(letter in body and sign in body for letter, sign in self._signs)

    def _plain(self, body: bytes) -> Any:
        """Straight from bytes to the request, as nearly all are read."""
        try:
            return self._decoder.decode(body)
        except msgspec.ValidationError as error:
            if body.startswith(b'"') or "got `null`" in str(error):
                raise _NotPlain from None
            raise
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _NotPlain from None

    def _checked(self, given: dict[str, Any]) -> Any:
        return msgspec.convert(self._respelled(given), self._kind, strict=False)

    def _respelled(self, value: Any) -> Any:
        """`value` with field names as they are here, and without what is null: in protobuf's JSON a name may come in
        camel case, and null is the same as nothing.
        """
        if isinstance(value, dict):
            for name, ours in self._snake.items():
                if name in value and ours in value:
                    raise InvalidParameter(f"Request specifies both '{ours}' and '{name}'; provide only one of them.")
            named = {self._snake.get(name) or _text(name): one for name, one in value.items() if one is not None}
            return {name: self._respelled(one) for name, one in named.items()}
        if isinstance(value, list):
            return [self._respelled(one) for one in value]
        return _text(value) if isinstance(value, str) else value


class _NotPlain(Exception):
    """The body is not what msgspec reads; it may still be what protobuf's JSON or an old client means."""


def _read(body: bytes) -> Any:
    """JSON with the numbers NaN and Infinity, as Python's clients write it; old clients encode it twice."""
    value = json.loads(body.decode() or "{}")
    return json.loads(value) if isinstance(value, str) else value


def _said(query: str) -> dict[str, list[str]]:
    """As parse_qs reads it, which takes three times as long also where nothing is encoded, as in an id."""
    if "%" in query or "+" in query:
        return parse_qs(query, keep_blank_values=True)
    said: dict[str, list[str]] = {}
    for name, _, value in (pair.partition("=") for pair in query.split("&") if pair):
        said.setdefault(name, []).append(value)
    return said


def _text(given: str) -> str:
    """`given`, if a database can store it."""
    if "\0" in given:
        raise InvalidParameter("The request holds a NUL character (\\u0000); no name or value may.")
    if _SURROGATE.search(given):
        raise BadRequest("The body is not valid JSON: half of a surrogate pair stands alone in it.")
    return given


def _names(kind: Any) -> set[str]:
    """The names of all fields of a Struct, and of those inside it."""
    names: set[str] = set()
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, Struct):
            for field in msgspec.structs.fields(one):
                names |= {field.name} | _names(field.type)
        elif one is not kind:
            names |= _names(one)
    return names


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _rarest(name: str) -> str:
    return next((letter for letter in name if letter.isupper()), name[0])


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise msgspec.ValidationError(f"Expected `object`, got `{type(given).__name__}`")
    return given


def _is_list(kind: Any) -> bool:
    return "list[" in str(kind).lower()


def _refusal(reason: str) -> InvalidParameter:
    """msgspec's reason as MLflow would put it; clients and people look for the parameter's name."""
    hint = "See the API docs for more information about request parameters."
    if match := _MISSING.fullmatch(reason):
        field = ".".join(filter(None, (match["path"], match["field"])))
        return InvalidParameter(f"Missing value for required parameter '{field}'. {hint}")
    if match := _EMPTY.fullmatch(reason) or _NULL.fullmatch(reason):
        return InvalidParameter(f"Missing value for required parameter '{match['path']}'. {hint}")
    if match := _WRONG.fullmatch(reason):
        return InvalidParameter(f"Invalid value for parameter '{match['path']}' supplied: {match['what']}. {hint}")
    return InvalidParameter(f"Invalid request: {reason}. {hint}")
