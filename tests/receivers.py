"""Real receivers of webhooks on loopback for tests."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

PATIENCE = 60.0  # seconds until a test that waits is a test that fails


class Received(NamedTuple):
    path: str
    headers: dict[str, str]  # by lower-case name
    body: bytes

    @property
    def event(self) -> str:
        said = json.loads(self.body)
        return f"{said['entity']}.{said['action']}"

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data


class Reply(NamedTuple):
    status: int = 200
    body: bytes = b"thanks"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Receiver:
    """`answer` may be replaced at any time; it may wait. `got` is everything that came, in order."""

    url: str
    answer: Callable[[Received], Reply] = lambda _: Reply()
    got: list[Received] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def take(self, received: Received) -> Reply:
        with self.arrived:
            self.got.append(received)
            self.arrived.notify_all()
        return self.answer(received)

    def wait_for(self, count: int) -> list[Received]:
        """All that came, once it is as many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, PATIENCE), f"only {len(self.got)} came"
            return list(self.got)


@contextmanager
def receiver(port: int = 0, certificate: Path | None = None) -> Iterator[Receiver]:
    """A receiver on `port`, or on any free one; with a `certificate` (and its key, in one file) it speaks https."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = told.take(Received(self.path, headers, body))
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("content-length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        told = Receiver(f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}/hook")
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield told
        finally:
            server.shutdown()
            serving.join()


def until(condition: Callable[[], Any]) -> Any:
    """What `condition` says, once that is true of it."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
    return found
