"""From the bytes of a request to a checked value, with the reason in MLflow's words where that fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from trackline.domain.errors import BadRequest, InvalidParameter

T = TypeVar("T", bound=Struct)

_MISSING = re.compile(r"Object missing required field `(?P<field>\w+)`(?: - at `\$\.?(?P<path>.*)`)?")
_EMPTY = re.compile(r"Expected `(?:str|array)` of length >= 1 - at `\$\.(?P<path>.*)`")
_NULL = re.compile(r"Expected `[^`]*`, got `null` - at `\$\.(?P<path>.*)`", re.DOTALL)
_WRONG = re.compile(r"(?P<what>.*) - at `\$\.(?P<path>.*)`", re.DOTALL)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # not after an odd backslash, which would make it plain text


class Query(Protocol):
    """The part of a query string that is needed here; Starlette's QueryParams has it."""

    def getlist(self, key: Any) -> list[str]: ...
    def __contains__(self, key: object, /) -> bool: ...


class Shape:
    """How requests of one type are read; made once for each endpoint."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind, strict=False)
        self._fields = [(field.name, _is_list(field.type)) for field in msgspec.structs.fields(kind)]

    def from_body(self, body: bytes, path: Mapping[str, str] = {}) -> Any:
        """The request in a JSON body; parts of the URL's path count as fields of it."""
        try:
            if body.startswith(b'"'):  # old clients encode twice
                body = msgspec.json.decode(body, type=str).encode()
            if b"\\u0000" in body and _NUL.search(body):
                raise InvalidParameter("The body holds a NUL character (\\u0000); no name or value may.")
            if path:
                given = msgspec.json.decode(body or b"{}")
                return self._checked({**_object(given), **path})
            return self._decoder.decode(body or b"{}")
        except msgspec.ValidationError as error:
            raise _refusal(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest(f"The body is not valid JSON: {error}.") from None
        except RecursionError:
            raise BadRequest("The body is nested too deeply.") from None

    def from_query(self, query: Query, path: Mapping[str, str] = {}) -> Any:
        """The request in a query string: repeated fields are lists, of a scalar the first counts."""
        given: dict[str, Any] = {}
        for name, is_list in self._fields:
            if name in query:
                values = query.getlist(name)
                given[name] = values if is_list else values[0]
        try:
            return self._checked({**given, **path})
        except msgspec.ValidationError as error:
            raise _refusal(str(error)) from None

    def _checked(self, given: dict[str, Any]) -> Any:
        texts = [text for value in given.values() for text in (value if isinstance(value, list) else [value])]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise InvalidParameter("The address holds a NUL character (%00); no name or value may.")
        return msgspec.convert(given, self._kind, strict=False)


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
