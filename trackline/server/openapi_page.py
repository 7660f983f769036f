"""The OpenAPI document as one page for people: plain HTML, without scripts and without anything from elsewhere."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
details { border-top: 1px solid #8885; padding: .3rem 0; }
summary { cursor: pointer; }
summary b { display: inline-block; width: 4.2rem; font-size: .8rem; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .6rem; background: #8882; }
table { border-collapse: collapse; }
th, td { padding: .2rem 1rem .2rem 0; text-align: left; vertical-align: top; }
"""
_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def html(document: Schema) -> str:
    info = document["info"]
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(method.upper(), path, operation))
    listed = "".join(f"<h2>{escape(noun)}</h2>{''.join(parts)}" for noun, parts in sorted(groups.items()))
    shapes = "".join(_shape(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}: the API</h1><p>{escape(info['description'])}</p>"
        f'<p>For programs: <a href="openapi.json">openapi.json</a></p>{listed}<h2>Shapes</h2>{shapes}</html>'
    )


def _operation(method: str, path: str, operation: Schema) -> str:
    refusals = ", ".join(status for status in operation["responses"] if status.isdecimal() and status != "200")
    return (
        f"<details><summary><b>{method}</b> <code>{escape(path)}</code></summary>"
        f"<p>{escape(operation['summary'])}<br>{escape(operation['description'])}</p>"
        f"{_table('In the URL', _in_url(operation))}{_table('In the body', _in_body(operation))}"
        f"<p>Refusals: {refusals}</p></details>"
    )


def _in_url(operation: Schema) -> Iterator[tuple[str, Schema, bool]]:
    for one in operation["parameters"]:
        yield one["name"], one["schema"], one["required"]


def _in_body(operation: Schema) -> Iterator[tuple[str, Schema, bool]]:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/octet-stream" in content:
        yield "the bytes of the file", {"type": "binary"}, True
    schema = content.get("application/json", {}).get("schema", {})
    for name, field in schema.get("properties", {}).items():
        yield name, field, name in schema["required"]


def _table(title: str, fields: Iterator[tuple[str, Schema, bool]]) -> str:
    rows = [
        f"<tr><td><code>{escape(name)}</code><td>{_kind(schema)}<td>{'required' if must else ''}"
        for name, schema, must in fields
    ]
    return f"<table><caption>{title}</caption>{''.join(rows)}</table>" if rows else ""


def _kind(schema: Schema) -> str:
    """A schema in a word or a few; shapes are linked."""
    match schema:
        case {"$ref": str(reference)}:
            name = escape(reference.rpartition("/")[2])
            return f'<a href="#{name}">{name}</a>'
        case {"anyOf": kinds}:
            return " or ".join(_kind(kind) for kind in kinds if kind != {"type": "null"})
        case {"enum": values}:
            return escape(", ".join(json.dumps(value) for value in values))
        case {"type": "array", "items": items}:
            return f"list of {_kind(items)}"
    return escape(str(schema.get("type", "anything")))


def _shape(name: str, schema: Schema) -> str:
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre></details>"
    )
