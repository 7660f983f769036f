"""An S3 that fails when it is told to, and else hands every request on to a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Fault:
    """What happens to a request; the first of these that is set."""

    seconds: float = 0.0  # before anything else
    cut_upload: int | None = None  # the connection is reset after so many bytes of the body
    cut_download: int | None = None  # the same for the answer's
    refusal: tuple[int, str, str] | None = None  # status, code and more XML instead of the real answer


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    size: int  # bytes of the body


@dataclass
class Faulty:
    """`url` is its endpoint. `plan` says how a request fails, None is not at all; `asked` is every request so far."""

    behind: str
    url: str = ""
    plan: Callable[[Asked], Fault | None] = lambda _: None
    asked: list[Asked] = field(default_factory=list)

    def fail(self, method: str, fault: Fault, times: int = 1_000_000) -> None:
        """Let the next so many requests with that method fail, all others work."""
        left = iter(range(times))

        def plan(asked: Asked) -> Fault | None:
            return fault if asked.method == method and next(left, None) is not None else None

        self.plan = plan

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._serve_one(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # the client has closed the connection, or the test is over
        finally:
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
        asked = Asked(method, target, headers, int(headers.get("content-length", 0)))
        self.asked.append(asked)
        fault = self.plan(asked) or Fault()
        await asyncio.sleep(fault.seconds)
        if fault.cut_upload is not None:
            await reader.readexactly(min(fault.cut_upload, asked.size))
            writer.transport.abort()
            return False
        body = await reader.readexactly(asked.size)
        if fault.refusal:
            status, code, more = fault.refusal
            answer = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message>{more}</Error>".encode()
            writer.write(_head(status, {"Content-Type": "application/xml"}, len(answer)) + answer)
            return True
        status, answered, answer = await asyncio.to_thread(_ask, self.behind, asked, body)
        size = int(answered.pop("Content-Length", len(answer))) if method == "HEAD" else len(answer)
        writer.write(_head(status, answered, size) + answer[: fault.cut_download])
        if fault.cut_download is not None:
            await writer.drain()
            writer.transport.abort()
            return False
        return True


@asynccontextmanager
async def faulty(behind: str) -> AsyncIterator[Faulty]:
    """In front of the S3 at the URL `behind`, which must not mind that a signature is for another host."""
    fake = Faulty(behind)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, limit=1024 * 1024)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()


def _ask(url: str, asked: Asked, body: bytes) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        headers = {name: value for name, value in asked.headers.items() if name not in HOP_BY_HOP}
        connection.request(asked.method, asked.target, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        kept = {
            name: value
            for name, value in answer.getheaders()
            if name.lower() not in HOP_BY_HOP or (asked.method == "HEAD" and name.lower() == "content-length")
        }
        return answer.status, kept, content
    finally:
        connection.close()


def _head(status: int, headers: dict[str, str], size: int) -> bytes:
    lines = [f"HTTP/1.1 {status} Answer", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join([*lines, f"Content-Length: {size}"]) + "\r\n\r\n").encode()
