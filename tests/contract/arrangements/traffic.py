"""Whom a client speaks to, seen from inside its process without changing anything of it."""

from __future__ import annotations

import re
import sys
from typing import Any

_REQUEST = re.compile(rb"([A-Z]+) \S+ HTTP/1\.1\r\n")


class Traffic:
    """The HTTP requests of this process from now on: port and method."""

    def __init__(self) -> None:
        self.requests: list[tuple[int, str]] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "http.client.send":
            connection, data = arguments
            if isinstance(data, bytes) and (request := _REQUEST.match(data)):
                self.requests.append((connection.port, request[1].decode()))
