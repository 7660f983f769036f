"""Files that clients send through the server."""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.server.artifacts.tracker import API, MIB, Run, Tracker, client_of, error_of, soon
from tests.servers import free_port, started


@pytest.mark.parametrize("size", [0, 1, 70_000, 3 * MIB + 1])
def test_a_file_goes_up_and_comes_down(run: Run, size: int) -> None:
    content = random.Random(size).randbytes(size)
    sent = run.put("model/data.bin", content)
    assert (sent.status_code, sent.content) == (200, b"")
    received = run.get("model/data.bin")
    assert (received.status_code, received.content) == (200, content)
    assert received.headers["content-length"] == str(size)
    assert (run.folder / "model" / "data.bin").read_bytes() == content


def test_both_roots_of_the_api_lead_to_the_same_files(run: Run) -> None:
    ajax = run.url.replace("/api/", "/ajax-api/", 1)
    assert run.tracker.http.put(f"{ajax}/file", content=b"1").status_code == 200
    assert run.get("file").content == run.tracker.http.get(f"{ajax}/file").content == b"1"


def test_an_upload_of_unknown_length_is_taken(run: Run) -> None:
    assert run.put("file", iter([b"a" * 100_000, b"b", b"c" * MIB])).status_code == 200
    assert run.get("file").content == b"a" * 100_000 + b"b" + b"c" * MIB


def test_an_upload_replaces_the_file_that_was_there(run: Run) -> None:
    run.put("file", b"one")
    run.put("file", b"other")
    assert run.get("file").content == b"other"
    assert run.files() == [{"path": "file", "is_dir": False, "file_size": 5}]


def test_an_upload_cannot_take_the_place_of_a_folder_nor_lie_below_a_file(run: Run) -> None:
    run.put("a/file", b"kept")
    for path in ("a", "a/file/deeper"):
        answer = run.put(path, b"x" * (3 * MIB))  # more than the connection takes before the refusal
        assert error_of(answer) == (400, "INVALID_PARAMETER_VALUE")
    assert run.get("a/file").content == b"kept"


@pytest.mark.parametrize("announced", ["content-length: 4000000", "transfer-encoding: chunked"])
def test_an_upload_that_is_cut_leaves_nothing(run: Run, announced: str) -> None:
    run.put("old", b"old")
    for path in ("old", "new"):
        address = urlsplit(run.tracker.server.url)
        with socket.create_connection((str(address.hostname), address.port or 0)) as connection:
            head = f"PUT {run.url}/{path} HTTP/1.1\r\nhost: x\r\n{announced}\r\n\r\n"
            body = b"1e8480\r\n" + b"x" * 2_000_000 + b"\r\n" if "chunked" in announced else b"x" * 2_000_000
            connection.sendall(head.encode() + body)
            assert soon(lambda: len(run.tracker.staged()) == 1)
            assert run.files() == [{"path": "old", "is_dir": False, "file_size": 3}]
        assert soon(lambda: run.tracker.staged() == [])
        assert run.files() == [{"path": "old", "is_dir": False, "file_size": 3}]
    assert run.get("old").content == b"old"


def test_of_many_uploads_to_one_path_one_wins_whole(run: Run) -> None:
    contents = [bytes([letter]) * (2 * MIB + letter) for letter in range(8)]
    with ThreadPoolExecutor(len(contents)) as clients:
        answers = list(clients.map(lambda content: run.put("a/file", content), contents))
    assert [answer.status_code for answer in answers] == [200] * len(contents)
    assert run.get("a/file").content in contents
    assert len(run.files("a")) == 1


def test_clients_that_ask_for_multipart_are_told_to_send_the_file_whole(run: Run) -> None:
    proxy = "/api/2.0/mlflow-artifacts"
    below = run.uri.removeprefix("mlflow-artifacts:/")
    ended = {"upload_id": "u", "parts": [{"part_number": 1, "etag": "e"}]}
    for step in ("create", "complete", "abort"):
        answer = run.tracker.http.post(f"{proxy}/mpu/{step}/{below}", json={"path": "x", "num_parts": 2, **ended})
        assert error_of(answer) == (501, "NOT_IMPLEMENTED")
        # What MLflow's client compares before it falls back to a plain upload.
        assert answer.json()["message"] == "Multipart upload is not supported for the current artifact repository"
    assert error_of(run.tracker.http.get(f"{proxy}/presigned/{below}/x")) == (501, "NOT_IMPLEMENTED")
    for direction in ("upload", "download"):
        body = {"run_id": run.run_id, "path": "x"}
        answer = run.tracker.http.post(f"{API}/artifacts/presigned-{direction}-url", json=body)
        assert error_of(answer) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json()["message"].startswith(f"Presigned {direction} is not supported for proxied")


def test_the_web_page_can_upload_small_files_to_a_run(run: Run) -> None:
    def upload(content: bytes, **query: str) -> httpx.Response:
        return run.tracker.http.post("/ajax-api/2.0/mlflow/upload-artifact", params=query, content=content)

    assert upload(b"hello", run_uuid=run.run_id, path="notes/a.txt").status_code == 200
    assert run.get("notes/a.txt").content == b"hello"
    assert upload(b"x" * (10 * MIB), run_uuid=run.run_id, path="big").status_code == 200
    refused = [
        upload(b"x" * (10 * MIB + 1), run_uuid=run.run_id, path="bigger"),
        upload(b"", run_uuid=run.run_id, path="empty"),
        upload(b"1", run_uuid=run.run_id),
        upload(b"1", path="a"),
        upload(b"1", run_uuid=run.run_id, path="notes"),
    ]
    assert [error_of(answer) for answer in refused] == [(400, "INVALID_PARAMETER_VALUE")] * len(refused)
    assert error_of(upload(b"1", run_uuid="nope", path="a")) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert [file["path"] for file in run.files()] == ["big", "notes"]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    port = free_port()
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (2**21, 2**21))"  # a file can grow no further, as on a full disk
    serve = (
        f"import resource, sys; {limit}; sys.argv[1:] = ['server', '--port', '{port}', "
        "'--backend-store-uri', 'sqlite:///trackline.db', '--artifacts-destination', 'artifacts']; "
        "from trackline.cli.main import main; main()"
    )
    url = f"http://127.0.0.1:{port}"
    with started([sys.executable, "-c", serve], url, tmp_path, {}) as server, client_of(server) as http:
        run = Tracker(server, http, tmp_path / "artifacts").run()
        run.put("small", b"1")
        answer = run.put("big", b"x" * (8 * MIB))
        assert error_of(answer) == (507, "RESOURCE_EXHAUSTED")
        assert "no room" in answer.json()["message"]
        assert run.files() == [{"path": "small", "is_dir": False, "file_size": 1}]
        assert run.tracker.staged() == []


@pytest.mark.slow
def test_two_gibibytes_go_both_ways_in_constant_memory(run: Run) -> None:
    server = psutil.Process(run.tracker.server.pid)
    rest = random.Random(0).randbytes(MIB - 8)
    resident = [server.memory_info().rss]

    def block(number: int) -> bytes:
        return number.to_bytes(8, "big") + rest

    def blocks() -> Iterator[bytes]:
        for number in range(2048):
            resident.append(server.memory_info().rss)
            yield block(number)

    assert run.put("big", blocks()).status_code == 200
    address = urlsplit(run.tracker.server.url)
    connection = HTTPConnection(str(address.hostname), address.port or 0, timeout=60)
    connection.request("GET", f"{run.url}/big")
    answer = connection.getresponse()
    for number in range(2048):
        assert answer.read(MIB) == block(number)
        resident.append(server.memory_info().rss)
    assert answer.read() == b""
    connection.close()
    run.tracker.http.delete(f"{run.url}/big")
    assert max(resident) < 150 * MIB
