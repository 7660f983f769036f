"""Files that clients and browsers fetch through the server."""

from __future__ import annotations

import socket
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, IncompleteRead
from urllib.parse import urlsplit

import psutil
import pytest

from tests.server.artifacts.tracker import MIB, OWN, Run, soon


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        *((name, "text/plain") for name in ("a.txt", "a.json", "a.yaml", "a.csv", "a.py", "MLmodel", "MLproject")),
        *(("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.png", "image/png"), ("a.pdf", "application/pdf")),
        *((name, "application/octet-stream") for name in ("a.pkl", "noextension", "a.csv.gz", "a.unknown")),
    ],
)
def test_a_download_is_saved_by_browsers_and_never_run(run: Run, name: str, content_type: str) -> None:
    run.put(name, b"<script>alert(1)</script>")
    direct = run.get(name)
    of_run = run.tracker.http.get("/get-artifact", params={"run_id": run.run_id, "path": name})
    for answer in (direct, of_run):
        assert answer.headers["content-type"] == content_type
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox")


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("two words.txt", 'attachment; filename="two words.txt"'),
        ('say "hi".txt', 'attachment; filename="say \\"hi\\".txt"'),
        ("Größe.txt", "attachment; filename=\"Groe.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt"),
        ("日本語", "attachment; filename=\"download\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E"),
        ("a;b=c.txt", 'attachment; filename="a;b=c.txt"'),
    ],
)
def test_a_download_has_the_name_of_the_file(run: Run, name: str, disposition: str) -> None:
    run.put(name, b"1")
    assert (run.folder / name).read_bytes() == b"1"
    assert run.get(name).headers["content-disposition"] == disposition


def test_head_answers_as_get_does_without_the_body(run: Run) -> None:
    run.put("file.txt", b"hello")
    got, head = run.get("file.txt"), run.tracker.http.head(f"{run.url}/file.txt")
    assert head.status_code == 200
    assert head.content == b""
    assert {**head.headers, **OWN} == {**got.headers, **OWN}


def test_the_time_of_the_last_change_is_told(run: Run) -> None:
    run.put("file")
    told = parsedate_to_datetime(run.get("file").headers["last-modified"])
    assert abs(told.timestamp() - time.time()) < 120


@pytest.mark.parametrize(
    ("asked", "content", "content_range"),
    [
        ("bytes=1-3", b"123", "bytes 1-3/10"),
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=0-", b"0123456789", "bytes 0-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ],
)
def test_a_range_brings_just_those_bytes(run: Run, asked: str, content: bytes, content_range: str) -> None:
    run.put("file", b"0123456789")
    answer = run.get("file", range=asked)
    assert (answer.status_code, answer.content) == (206, content)
    assert answer.headers["content-range"] == content_range
    assert answer.headers["content-length"] == str(len(content))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(run: Run, asked: str) -> None:
    run.put("file", b"0123456789")
    answer = run.get("file", range=asked)
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "bytes=x", "bytes=-", "bytes=3-1", "lines=1-2", f"bytes={'9' * 5000}-"]
)
def test_ranges_that_cannot_be_served_bring_the_whole_file(run: Run, asked: str) -> None:
    run.put("file", b"0123456789")
    answer = run.get("file", range=asked)
    assert (answer.status_code, answer.content) == (200, b"0123456789")


def test_an_unchanged_file_is_not_sent_again(run: Run) -> None:
    run.put("file", b"one")
    etag = run.get("file").headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = run.get("file", if_none_match=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert run.get("file", if_none_match='"other"').status_code == 200
    run.put("file", b"two")
    assert run.get("file", if_none_match=etag).content == b"two"


def test_a_broken_download_is_taken_up_only_for_the_same_file(run: Run) -> None:
    run.put("file", b"0123456789")
    etag = run.get("file").headers["etag"]
    again = run.get("file", range="bytes=5-", if_range=etag)
    assert (again.status_code, again.content) == (206, b"56789")
    run.put("file", b"abc")
    changed = run.get("file", range="bytes=5-", if_range=etag)
    assert (changed.status_code, changed.content) == (200, b"abc")


def test_a_client_that_goes_away_does_not_keep_the_file_open(run: Run) -> None:
    server = psutil.Process(run.tracker.server.pid)
    run.put("file", b"x" * (20 * MIB))

    def is_open() -> bool:
        return any(file.path.endswith(f"{run.run_id}/artifacts/file") for file in server.open_files())

    address = urlsplit(run.tracker.server.url)
    with socket.create_connection((str(address.hostname), address.port or 0)) as connection:
        connection.sendall(f"GET {run.url}/file HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        connection.recv(1000)
        assert is_open()
    assert soon(lambda: not is_open())


def test_a_file_that_is_cut_on_the_disk_breaks_the_download(run: Run) -> None:
    run.put("file", b"x" * (50 * MIB))
    address = urlsplit(run.tracker.server.url)
    connection = HTTPConnection(str(address.hostname), address.port or 0, timeout=30)
    connection.request("GET", f"{run.url}/file")
    answer = connection.getresponse()
    answer.read(1000)
    (run.folder / "file").write_bytes(b"")
    with pytest.raises((IncompleteRead, ConnectionError)):
        answer.read()
    connection.close()
    assert run.tracker.http.get("/health").status_code == 200
