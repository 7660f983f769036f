"""Where artifacts lie: locations (URIs) of experiments, runs and models, and paths of files below them."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

from trackline.domain.errors import InvalidParameter

PROXY_SCHEME = "mlflow-artifacts"
MAX_LOCATION = 2048  # characters, MLflow's default
MAX_SEGMENT = 255  # bytes: what file systems take
MAX_PATH = 1024  # bytes: what object stores take

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DRIVE = re.compile(r"[A-Za-z]:(/|$)")
_CONTROL = re.compile(r"[\x01-\x1f\x7f]")
_MAX_DECODINGS = 10
# Whoever serves such a location connects to a host that a client named.
_HOST_ADDRESSED = frozenset({"ftp", "sftp", "hdfs", "viewfs", "http", "https", "r2", "b2", "abfss"})


def experiment_location(root: str, experiment_id: int) -> str:
    return _append(root, str(experiment_id))


def run_artifact_uri(experiment_location: str, run_uuid: str) -> str:
    return _append(experiment_location, f"{run_uuid}/artifacts")


def model_artifact_uri(experiment_location: str, model_id: str) -> str:
    return _append(experiment_location, f"models/{model_id}/artifacts")


def location_before(uri: str, own: str) -> str | None:
    """The experiment's location to which `own`, the place of a run or model in it, leads to `uri`; None if none does.

    `own` is what `run_artifact_uri` or `model_artifact_uri` makes of "".
    """
    return uri.removesuffix(own) if uri.endswith(own) and len(uri) > len(own) else None


def below(uri: str, path: str) -> str:
    """The file or folder `path` below `uri`; "" is `uri` itself."""
    return _append(uri, path) if path else uri


def check_location(location: str) -> None:
    """Refuse, with InvalidParameter, what cannot be the artifact location of an experiment."""
    if len(location) > MAX_LOCATION:
        raise InvalidParameter(
            "Invalid artifact path length. The length of the artifact path cannot be "
            f"greater than {MAX_LOCATION} characters."
        )
    if location.startswith("runs:"):
        raise InvalidParameter(f"Artifact location cannot be a runs:/ URI. Given: '{location}'")
    try:
        parts = urlsplit(location)
    except ValueError as error:
        raise InvalidParameter(f"'artifact_location' is not a URI: {error}.") from None
    if parts.fragment:
        raise InvalidParameter("'artifact_location' URL can't include fragments or params.")
    if ".." in _decoded(parts.query):
        raise InvalidParameter("Invalid query string: it must not hold '..'.")
    check_host(parts, "artifact_location")
    proxied_path(location)  # one that names no path here could not be told from others when permissions are looked up


def check_host(parts: SplitResult, parameter: str) -> None:
    """Refuse, with InvalidParameter, a URI that names a host to fetch from."""
    if parts.scheme in _HOST_ADDRESSED or (parts.scheme == PROXY_SCHEME and parts.netloc):
        raise InvalidParameter(
            f"'{parameter}' cannot use the '{parts.scheme}' scheme: it addresses a host other than the "
            "tracking server's configured artifact storage."
        )


def proxied_path(uri: str) -> str | None:
    """The path below the proxy's root that `uri` names ("" is the root itself); None if it is no proxied URI.

    Clients drop doubled slashes and the server decodes percent-escapes before a file is stored, so both
    are undone here too. Raises InvalidParameter.
    """
    if not uri.startswith(f"{PROXY_SCHEME}:"):
        return None
    try:
        path = urlsplit(uri).path
    except ValueError as error:
        raise InvalidParameter(f"'{uri}' is not a URI: {error}.") from None
    return folder_path(re.sub("/+", "/", path).lstrip("/"))


def folder_path(given: str) -> str:
    """`given` as the path of a folder: "" is the topmost one, a slash at the end does no harm."""
    path = _decoded(given).removesuffix("/")
    return "" if path == "." or (path == "" and given in {"", "/"}) else file_path(path)


def file_path(given: str) -> str:
    """`given` as a relative path that is safe to join to a root, without percent-escapes of readable characters.

    Escapes are resolved until none is left, as MLflow does: listings go through the same resolution in
    MLflow's clients, so a name that still held one could be stored but never read back.

    Raises InvalidParameter.
    """
    path = _decoded(given)
    if reason := _unsafe(path):
        shown = given if len(given) <= 200 else given[:200] + "…"
        raise InvalidParameter(f"Invalid path {shown!r}: {reason}.")
    return path


def _unsafe(path: str) -> str | None:
    """What is wrong with `path`; None if nothing is."""
    if not path:
        return "it names no file"
    if path.startswith("/") or _DRIVE.match(path):
        return "it must be relative, without a leading slash or a drive letter"
    if "\\" in path:
        return "folders are separated by '/', a backslash is not allowed"
    if "\0" in path:
        return "it holds a NUL character"
    if "#" in path:
        return "'#' is not allowed, since MLflow clients cannot list such a file"
    return _unsafe_segments(path.split("/"))


def _unsafe_segments(segments: list[str]) -> str | None:
    if ".." in segments or "." in segments:
        return "'.' and '..' are not allowed as parts of it"
    if "" in segments:
        return "it has an empty part (a doubled slash, or a slash at its end)"
    try:
        sizes = [len(segment.encode()) for segment in segments]
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    if max(sizes) > MAX_SEGMENT:
        return f"a part of it is longer than {MAX_SEGMENT} bytes"
    if sum(sizes) + len(sizes) - 1 > MAX_PATH:
        return f"it is longer than {MAX_PATH} bytes"
    return None


def _decoded(text: str) -> str:
    """`text` without percent-escapes but those of control characters, which are kept (or made), as in MLflow."""
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(text)
        if decoded == text:
            return _CONTROL.sub(lambda control: quote(control[0]), text)
        text = decoded
    raise InvalidParameter("Invalid path: percent-escapes are nested too deeply.")


def _append(uri: str, tail: str) -> str:
    """`tail` at the end of the path of `uri`; a query or fragment stays behind it."""
    cut = len(uri)
    if _SCHEME.match(uri):
        cut = min((place for mark in "?#" if (place := uri.find(mark)) >= 0), default=cut)
    return f"{uri[:cut].removesuffix('/')}/{tail}{uri[cut:]}"
