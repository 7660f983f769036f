"""The API as an OpenAPI 3.1 document: how endpoints, and what they share, are spelled there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from trackline.wire.errors import SPELLINGS
from trackline.wire.responses import JSON, PACKED

Schema = dict[str, Any]

_SCHEMAS = "#/components/schemas/"
_OPEN_PART = re.compile(r"\{(\w+)(?::path)?\}")
_TEXT: Schema = {"type": "string", "minLength": 1}
_ERROR: Schema = {
    "type": "object",
    "required": ["error_code", "message"],
    "properties": {
        "error_code": {"enum": sorted({one.error_code for one in SPELLINGS})},
        "message": {"type": "string", "description": "What is wrong, and what to do, for people to read."},
    },
}


class Described(NamedTuple):
    """What the document tells of an endpoint.

    `shape`: of its request, where that is decoded by one; then the answer is JSON, or `packed`. `query`: otherwise, the
    parameters that it reads, and which of them must be given.
    """

    method: str
    path: str
    about: str
    needs: str
    is_open: bool
    shape: type[Any] | None = None
    query: Mapping[str, bool] = {}
    packed: bool = False


def document(info: Mapping[str, str], endpoints: Iterable[Described], cookie: str) -> Schema:
    """`info`: title, version and description; `cookie`: the name of the one that holds a session."""
    given = list(endpoints)
    shapes = list(dict.fromkeys(one.shape for one in given if one.shape is not None))
    references, schemas = msgspec.json.schema_components(shapes, ref_template=f"{_SCHEMAS}{{name}}")
    names = {shape: _name(reference) for shape, reference in zip(shapes, references, strict=True)}
    paths: dict[str, Schema] = {}
    for one in given:
        fields = schemas[names[one.shape]] if one.shape else _fields_of_query(one.query)
        methods = paths.setdefault(_OPEN_PART.sub(r"{\1}", one.path), {})
        methods[one.method.lower()] = _operation(one, fields)
    return {
        "openapi": "3.1.0",
        "info": dict(info),
        "servers": [{"url": "."}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**schemas, "Error": _ERROR},
            "responses": {str(status): _refusal(status) for status in sorted({one.status for one in SPELLINGS})},
            "securitySchemes": {
                "password": {"type": "http", "scheme": "basic"},
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
            },
        },
    }


def _operation(one: Described, fields: Schema) -> Schema:
    in_path = _OPEN_PART.findall(one.path)
    rest = {name: field for name, field in fields["properties"].items() if name not in in_path}
    required = [name for name in fields["required"] if name not in in_path]
    in_query = rest if one.shape is None or one.method == "GET" else {}
    operation: Schema = {
        "operationId": re.sub(r"\W+", "_", f"{one.method.lower()}{one.path}").strip("_"),
        "tags": [_noun(one.path)],
        "summary": one.about,
        "description": f"Needs {one.needs}.",
        "parameters": [
            *(_parameter(name, "path", fields["properties"].get(name, _TEXT), must=True) for name in in_path),
            *(_parameter(name, "query", field, must=name in required) for name, field in in_query.items()),
        ],
    }
    if one.shape is not None and one.method != "GET":
        schema = {"type": "object", "properties": rest, "required": required}
        operation["requestBody"] = {"required": bool(required), "content": {JSON: {"schema": schema}}}
    elif one.method in {"POST", "PUT"}:
        operation["requestBody"] = {"content": {PACKED: {}}}
    operation["responses"] = {"200": _answer(one), **_refusals(one)}
    operation["security"] = [] if one.is_open else [{"password": []}, {"token": []}, {"session": []}, {}]
    return operation


def _fields_of_query(query: Mapping[str, bool]) -> Schema:
    return {"properties": dict.fromkeys(query, _TEXT), "required": [name for name, must in query.items() if must]}


def _parameter(name: str, place: str, schema: Schema, *, must: bool) -> Schema:
    """A field in the URL, where null cannot be written."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if kinds:
        schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if place == "path":
        schema = {"minLength": 1, **schema}
    return {"name": name, "in": place, "required": must, "schema": schema}


def _answer(one: Described) -> Schema:
    if one.shape is None:
        return {"description": "What was asked for."}
    if one.packed:
        return {"description": "JSON and the columns of numbers behind it.", "content": {PACKED: {}}}
    return {"description": "Done, or found.", "content": {JSON: {"schema": {"type": "object"}}}}


def _refusals(one: Described) -> Schema:
    """Those to be expected; others, which are said in the same form, are the default."""
    statuses = {403, 429, 503}
    if not one.is_open:
        statuses.add(401)
    if one.shape is not None or one.query or "{" in one.path:
        statuses |= {400, 404}
    if one.method != "GET":
        statuses |= {408, 409, 413}
    listed = {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}
    return {**listed, "default": {"$ref": "#/components/responses/500"}}


def _refusal(status: int) -> Schema:
    codes = sorted({one.error_code for one in SPELLINGS if one.status == status})
    return {"description": " or ".join(codes), "content": {JSON: {"schema": {"$ref": f"{_SCHEMAS}Error"}}}}


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).removeprefix(_SCHEMAS)


def _noun(path: str) -> str:
    """What a path is about: its first part below the root of its API."""
    parts = [
        part for part in path.split("/") if part and not re.fullmatch(r"(ajax-)?api|\d\.\d|mlflow|trackline", part)
    ]
    return parts[0].partition(".")[0] if len(parts) > 1 or path.count("/") > 1 else "server"
