"""Which paths and locations are taken, and what is made of them."""

from __future__ import annotations

import posixpath
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackline.domain.artifact_paths import (
    check_location,
    experiment_location,
    file_path,
    folder_path,
    model_artifact_uri,
    proxied_path,
    run_artifact_uri,
)
from trackline.domain.errors import InvalidParameter

ANY_PATH = st.one_of(st.text(), st.text(st.sampled_from("./\\%2eE5cfC:#ab \0\n")))


@pytest.mark.parametrize(
    "path",
    [
        *("a", "a/b/c.txt", "two words", " x", "x ", ".hidden", "...", "..a", "a..", "~", "-rf", "end.", "q?x", "p+q"),
        *(
            "100%",
            "50%.txt",
            "%",
            "a:b",
            "a;b",
            "file:x",
            "Grüße/日本語",
            "🎉",
            "x" * 255,
            "é" * 127,
            "/".join("ab" * 256),
        ),
    ],
)
def test_ordinary_paths_are_taken_as_they_are(path: str) -> None:
    assert file_path(path) == folder_path(path) == path


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "names no file"),
        *((path, "relative") for path in ("/", "/etc/passwd", "//host/x", "C:/x", "c:", "%2fetc", "C%3A/x")),
        *((path, "backslash") for path in ("a\\b", "..\\x", "C:\\x", "\\\\host\\x", "a%5cb", "%255cb")),
        *((path, "NUL character") for path in ("a\0", "a%00", "%2500")),
        *((path, "'#'") for path in ("a#b", "#", "a%23b")),
        *((path, "'..'") for path in ("..", "../x", "a/../x", "a/..", "./x", "a/./b", ".", "a/.")),
        *((path, "'..'") for path in ("%2e%2e/x", "..%2fx", "%2e%2e%2fx", "%252e%252e%252fx", "a/%25252e./x")),
        *((path, "empty part") for path in ("a//b", "a/", "a%2f", "a/%2fb")),
        *((path, "longer than 255 bytes") for path in ("x" * 256, "é" * 128, f"a/{'x' * 256}/b")),
        ("/".join("abc" * 200), "longer than 1024 bytes"),
        ("a\ud800", "not valid Unicode"),
    ],
)
def test_a_path_that_leads_astray_is_refused_with_the_reason(path: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^Invalid path ") as refused:
        file_path(path)
    assert reason in refused.value.message
    assert len(refused.value.message) < 400


def test_control_characters_stay_escapes() -> None:
    assert file_path("a\n%0A%250a\x7f") == "a%0A%0A%0A%7F"


def test_escapes_beyond_reason_are_refused() -> None:
    path = "x"
    for _ in range(20):
        path = quote(f"/{path}", safe="")
    with pytest.raises(InvalidParameter, match="nested too deeply"):
        file_path(path)


@given(ANY_PATH)
def test_what_is_taken_is_safe_to_join(path: str) -> None:
    try:
        taken = file_path(path)
    except InvalidParameter:
        return
    assert posixpath.normpath(posixpath.join("/root", taken)) == f"/root/{taken}"
    assert not any(ord(letter) < 32 or ord(letter) == 127 for letter in taken)
    assert all(0 < len(part.encode()) <= 255 for part in taken.split("/"))


@given(ANY_PATH)
def test_what_is_taken_means_the_same_when_it_is_decoded_or_sent_again(path: str) -> None:
    try:
        taken = file_path(path)
    except InvalidParameter:
        return
    assert file_path(taken) == file_path(quote(taken)) == folder_path(f"{taken}/") == taken


@pytest.mark.parametrize(("given", "path"), [("", ""), ("/", ""), (".", ""), ("a/", "a"), ("a/b", "a/b"), ("%61", "a")])
def test_a_folder_may_end_with_a_slash_and_may_be_the_top(given: str, path: str) -> None:
    assert folder_path(given) == path


@pytest.mark.parametrize("path", ["//", "a//", "../", "./..", "/a", "a/../"])
def test_a_folder_leads_nowhere_else_either(path: str) -> None:
    with pytest.raises(InvalidParameter):
        folder_path(path)


@pytest.mark.parametrize(
    ("location", "run", "model"),
    [
        ("mlflow-artifacts:/", "mlflow-artifacts:/R/artifacts", "mlflow-artifacts:/models/m-1/artifacts"),
        ("mlflow-artifacts:/1", "mlflow-artifacts:/1/R/artifacts", "mlflow-artifacts:/1/models/m-1/artifacts"),
        ("mlflow-artifacts:/a/", "mlflow-artifacts:/a/R/artifacts", "mlflow-artifacts:/a/models/m-1/artifacts"),
        ("mlflow-artifacts:a", "mlflow-artifacts:a/R/artifacts", "mlflow-artifacts:a/models/m-1/artifacts"),
        ("s3://b", "s3://b/R/artifacts", "s3://b/models/m-1/artifacts"),
        ("s3://b/", "s3://b/R/artifacts", "s3://b/models/m-1/artifacts"),
        ("s3://b/p?x=1&y=2/", "s3://b/p/R/artifacts?x=1&y=2/", "s3://b/p/models/m-1/artifacts?x=1&y=2/"),
        ("s3://b/p;x", "s3://b/p;x/R/artifacts", "s3://b/p;x/models/m-1/artifacts"),
        ("file:///x/y?z", "file:///x/y/R/artifacts?z", "file:///x/y/models/m-1/artifacts?z"),
        ("s3://b/p#f", "s3://b/p/R/artifacts#f", "s3://b/p/models/m-1/artifacts#f"),
        ("/abs/what?", "/abs/what?/R/artifacts", "/abs/what?/models/m-1/artifacts"),
        ("/abs/dir/", "/abs/dir/R/artifacts", "/abs/dir/models/m-1/artifacts"),
    ],
)
def test_runs_and_models_lie_below_their_experiment(location: str, run: str, model: str) -> None:
    assert run_artifact_uri(location, "R") == run
    assert model_artifact_uri(location, "m-1") == model


def test_experiments_lie_below_the_root() -> None:
    assert experiment_location("mlflow-artifacts:/", 0) == "mlflow-artifacts:/0"
    assert experiment_location("s3://bucket/folder?region=x", 12) == "s3://bucket/folder/12?region=x"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("mlflow-artifacts:/", ""),
        ("mlflow-artifacts:/0/R/artifacts", "0/R/artifacts"),
        ("mlflow-artifacts:0/R", "0/R"),
        ("mlflow-artifacts:///a", "a"),
        ("mlflow-artifacts:/a//b/", "a/b"),
        ("mlflow-artifacts:/a%20b/c d", "a b/c d"),
        ("mlflow-artifacts://host:5000/a/b", "a/b"),
        ("mlflow-artifacts://host:5000", ""),
        ("mlflow-artifacts:/a?x=1", "a"),
        ("s3://bucket/a", None),
        ("/abs/path", None),
        ("file:///mlflow-artifacts:/a", None),
        ("", None),
    ],
)
def test_the_proxy_knows_its_own_uris(uri: str, path: str | None) -> None:
    assert proxied_path(uri) == path


@pytest.mark.parametrize("uri", ["mlflow-artifacts:/../x", "mlflow-artifacts:/a/%2e%2e/x", "mlflow-artifacts:/a\\b"])
def test_a_proxied_uri_leads_nowhere_else(uri: str) -> None:
    with pytest.raises(InvalidParameter, match="Invalid path"):
        proxied_path(uri)


@pytest.mark.parametrize(
    "location",
    [
        *(
            "mlflow-artifacts:/a",
            "mlflow-artifacts:/a b",
            "s3://b/p?x=1",
            "gs://b",
            "wasbs://c@a.blob.core.windows.net/x",
        ),
        *("/abs/dir", "file:///x", "dbfs:/x", "S3://B/x", "x" * 2048),
    ],
)
def test_places_that_clients_can_write_to_are_taken(location: str) -> None:
    check_location(location)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("x" * 2049, "cannot be greater than 2048 characters"),
        ("runs:/x/y", "cannot be a runs:/ URI"),
        ("s3://b/p#f", "fragments"),
        ("/abs/d#x", "fragments"),
        ("s3://b/p?x=../z", "query"),
        ("s3://b/p?x=%252e%252e/z", "query"),
        ("http://[x", "not a URI"),
        ("mlflow-artifacts:/a/../b", "'.' and '..' are not allowed"),
        ("mlflow-artifacts:/a/%252e%252e/b", "'.' and '..' are not allowed"),
        ("mlflow-artifacts:/a\\b", "a backslash is not allowed"),
        *(
            (f"{scheme}://host/x", f"'{scheme}' scheme")
            for scheme in ("http", "https", "ftp", "hdfs", "mlflow-artifacts")
        ),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_the_reason(location: str, reason: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        check_location(location)
    assert reason in refused.value.message


def test_a_proxied_uri_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="is not a URI"):
        proxied_path("mlflow-artifacts://]")
