"""Requests made from the shapes that read them."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct


def example(kind: Any) -> Any:
    """The least that is valid for a type of the request shapes."""
    match kind:
        case msgspec.inspect.StrType():
            return "1"
        case msgspec.inspect.IntType():
            return 1
        case msgspec.inspect.FloatType():
            return 1.0
        case msgspec.inspect.BoolType():
            return True
        case msgspec.inspect.LiteralType(values=values):
            return values[0]
        case msgspec.inspect.ListType(item_type=item):
            return [example(item)]
        case msgspec.inspect.UnionType(types=types):
            return example(types[0])
        case msgspec.inspect.StructType(fields=fields):
            return {field.encode_name: example(field.type) for field in fields}
    raise NotImplementedError(kind)


def full(shape: type[Struct]) -> dict[str, Any]:
    """A request with every field."""
    given: dict[str, Any] = example(msgspec.inspect.type_info(shape))
    return given
