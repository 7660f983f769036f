"""What may be registered as a version of a model: the `source` of a request, read and compared with known places.

Only files that this tracker knows may be named: below a run, a logged model, another version, an experiment or the
server's artifact root. A source that leads anywhere else could make a server or a client fetch from there.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from trackline.domain.artifact_paths import MAX_LOCATION, check_host
from trackline.domain.errors import InvalidParameter
from trackline.domain.registry import LATEST

PROMPT_SOURCES = frozenset({"dummy-source", "prompt-template"})  # what clients say, since a prompt has no files

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_LOCAL = frozenset({"", "file"})


class OfRun(NamedTuple):
    """`runs:/<run id>/<path>`"""

    run_id: str
    path: str


class OfLoggedModel(NamedTuple):
    """`models:/<model id>`"""

    model_id: str


class OfVersion(NamedTuple):
    """`models:/<name>/<version or stage>` or `models:/<name>@<alias>`; with nothing behind the name, the latest one."""

    name: str
    version: int | None = None
    stage: str | None = None
    alias: str | None = None


class AtLocation(NamedTuple):
    """Any other URI or local path."""

    uri: str


Source: TypeAlias = OfRun | OfLoggedModel | OfVersion | AtLocation


class _Place(NamedTuple):
    scheme: str
    host: str
    path: tuple[str, ...]


def parse_source(source: str) -> Source:
    """What `source` names. Raises InvalidParameter for what can be no place of ours, wherever it is compared with."""
    parts = _split(source)
    check_host(parts, "source")
    if parts.scheme == "models":
        return _of_registry(source)
    place = _place(source)
    if parts.scheme == "runs" and place.path and not parts.netloc:
        run_id, *path = place.path
        return OfRun(run_id, "/".join(path))
    if not place.path:
        raise _relative(source)
    return AtLocation(source)


def check_prompt_source(source: str) -> None:
    if source not in PROMPT_SOURCES:
        raise InvalidParameter(f"Invalid prompt source: '{source}'. Prompt sources must use an MLflow placeholder.")


def is_local(uri: str) -> bool:
    """Whether it is a path, or the URI of one, on some machine's disk."""
    return _split(uri).scheme in _LOCAL


def is_below(uri: str, root: str) -> bool:
    """Whether `uri` names `root` or something below it, however either is spelled."""
    place, top = _place(uri), _place(root)
    return (place.scheme, place.host) == (top.scheme, top.host) and place.path[: len(top.path)] == top.path


def elsewhere(source: str) -> InvalidParameter:
    """The error to raise where the source is not in the place that the request says it is in."""
    return InvalidParameter(
        f"Invalid model version source: '{_cut(source)}'. It must be artifacts of a run, a logged model or another "
        "registered version, or lie below this server's artifact root; a run_id or model_id request parameter must "
        "identify the resource that contains the source."
    )


def _of_registry(source: str) -> OfLoggedModel | OfVersion:
    """Names are taken as they stand: a registered model's may hold any character but `/` and `:`."""
    name, slash, suffix = source.partition(":")[2].removeprefix("/").partition("/")
    if not name.strip() or "/" in suffix or (slash and not suffix.strip()):
        raise elsewhere(source)
    if suffix.isdecimal() and len(suffix) < 18:
        return OfVersion(name, version=int(suffix))
    if suffix:
        return OfVersion(name, stage=None if suffix.lower() == LATEST else suffix)
    name, at, alias = name.rpartition("@")
    return OfVersion(name, alias=alias) if at else OfLoggedModel(alias)


def _place(uri: str) -> _Place:
    """Raises InvalidParameter where the path of `uri` leads up, or is relative to something unsaid."""
    parts = _split(uri)
    path = tuple(_plain(part) for part in parts.path.split("/") if part)
    leads_up = any(part in {".", ".."} or "/" in part for part in path)
    if leads_up or ".." in _plain(parts.query + parts.fragment) or _CONTROL.search(_plain(uri)):
        raise _relative(uri)
    if not parts.path.startswith("/") and not parts.netloc:
        raise _relative(uri)
    return _Place("" if parts.scheme in _LOCAL else parts.scheme, parts.netloc.lower(), path)


def _split(uri: str) -> SplitResult:
    if len(uri) > MAX_LOCATION:
        raise InvalidParameter(f"Invalid model version source: it is longer than {MAX_LOCATION} characters.")
    try:
        return urlsplit(uri)
    except ValueError:
        raise _relative(uri) from None


def _plain(text: str) -> str:
    while (decoded := unquote(text)) != text:
        text = decoded
    return text


def _relative(source: str) -> InvalidParameter:
    return InvalidParameter(
        f"Invalid model version source: '{_cut(source)}'. If supplying a source as an http, https, local file path, "
        "ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path "
        "references present. Please provide an absolute path."
    )


def _cut(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"
