"""The server's messages as TypeScript, for the web interface.

    python -m tools.web_types          # write web/src/api/types.ts
    python -m tools.web_types --check  # end with 1 where it is not up to date

What is spoken is listed in `trackline.wire.ui.SPOKEN`; what those messages hold comes with them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import inspect

from trackline.wire.ui import SPOKEN

TARGET = Path(__file__).resolve().parents[1] / "web" / "src" / "api" / "types.ts"
HEAD = "// Made by tools/web_types.py from the server's own messages; `make web` renews it.\n"
PLAIN = {
    inspect.StrType: "string",
    inspect.IntType: "number",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.NoneType: "null",
    inspect.AnyType: "unknown",
}


def typescript(kinds: Iterable[type[msgspec.Struct]]) -> str:
    """An interface for each Struct, by name. A field that has a default may be left out."""
    known: dict[str, inspect.StructType] = {}
    for kind in kinds:
        _collect(inspect.type_info(kind), known)
    return HEAD + "".join(f"\n{_interface(known[name])}" for name in sorted(known))


def _collect(kind: inspect.Type, known: dict[str, inspect.StructType]) -> None:
    match kind:
        case inspect.StructType(cls=cls, fields=fields):
            if cls.__name__ not in known:
                known[cls.__name__] = kind
                for field in fields:
                    _collect(field.type, known)
        case inspect.ListType(item_type=item) | inspect.Metadata(type=item):
            _collect(item, known)
        case inspect.UnionType(types=types):
            for one in types:
                _collect(one, known)


def _interface(kind: inspect.StructType) -> str:
    lines = [
        f"  {field.encode_name}{'' if field.required else '?'}: {_spelled(field.type)};\n" for field in kind.fields
    ]
    return f"export interface {kind.cls.__name__} {{\n{''.join(lines)}}}\n"


def _spelled(kind: inspect.Type) -> str:
    match kind:
        case inspect.StructType(cls=cls):
            return cls.__name__
        case inspect.ListType(item_type=item):
            inner = _spelled(item)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case inspect.Metadata(type=inner_kind):
            return _spelled(inner_kind)
        case inspect.UnionType(types=types):
            return " | ".join(dict.fromkeys(_spelled(one) for one in types))
        case inspect.LiteralType(values=values):
            return " | ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in values)
        case inspect.CustomType():  # a column of numbers
            return "Float64Array"
    return PLAIN[type(kind)]


def main() -> int:
    wanted = typescript(SPOKEN)
    if "--check" in sys.argv[1:]:
        return 0 if TARGET.exists() and TARGET.read_text(encoding="utf-8") == wanted else 1
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
