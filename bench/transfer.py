"""One large artifact through the server, by blocking I/O in 1 MB pieces: the client's memory plays no part."""

from __future__ import annotations

import http.client
import random
import time
from contextlib import closing
from itertools import repeat

from bench.driver import HOST, Refused

PIECE = random.Random(0).randbytes(1_000_000)
PIECES = 200
SECONDS = 300.0  # without a byte


def upload(port: int, path: str, pieces: int = PIECES) -> float:
    """Megabytes a second, until the answer is there. Raises Refused."""
    fields = {"Content-Length": str(len(PIECE) * pieces), "Content-Type": "application/octet-stream"}
    with closing(http.client.HTTPConnection(HOST, port, timeout=SECONDS)) as connection:
        began = time.perf_counter()
        connection.request("PUT", _url(path), body=repeat(PIECE, pieces), headers=fields)
        _answer(connection).read()
        return _megabytes_a_second(began, pieces)


def download(port: int, path: str, pieces: int = PIECES) -> float:
    """Megabytes a second, each piece thrown away. Raises Refused."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=SECONDS)) as connection:
        began = time.perf_counter()
        connection.request("GET", _url(path))
        answer, buffer, received = _answer(connection), bytearray(len(PIECE)), 0
        while number := answer.readinto(buffer):
            received += number
        if received != len(PIECE) * pieces:
            raise Refused(f"{received:,} bytes came back of {len(PIECE) * pieces:,}")
        return _megabytes_a_second(began, pieces)


def _url(path: str) -> str:
    return f"/api/2.0/mlflow-artifacts/artifacts/{path}"


def _megabytes_a_second(began: float, pieces: int) -> float:
    return len(PIECE) * pieces / 1e6 / (time.perf_counter() - began)


def _answer(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    answer = connection.getresponse()
    if answer.status != 200:
        raise Refused(f"{answer.status} {answer.read(300).decode(errors='replace')}")
    return answer
