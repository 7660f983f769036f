"""To whom the server shows itself: the names it answers to, and the web pages that may write to it.

A page from elsewhere can make its reader's browser ask this server. It cannot read the answer, unless its own name is
made to point here (DNS rebinding); and it cannot write, unless the server takes what other origins send. So both the
Host and the Origin of a request must be known.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from starlette.types import Scope

from trackline.server.failures import Failure, Refused
from trackline.settings import listed
from trackline.wire import errors

log = logging.getLogger("trackline")

READING = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_KEPT = 256  # names that were found good, and names that were complained of
SHOWN = 200  # characters of a name in a message
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.*_-]+(:(\d+|\*))?")
_ANCESTORS = {"SAMEORIGIN": "'self'", "DENY": "'none'", "NONE": "*"}


class Exposure:
    """The rule for one server. `public_url` is the address that people open, as a proxy shows it, or ""; `hosts` are
    more names, with * for any part; `origins` are pages of other servers that may write, such as https://lab.example.
    """

    def __init__(self, public_url: str = "", hosts: Iterable[str] = (), origins: Iterable[str] = ()) -> None:
        own = socket.gethostname().lower()
        self._hosts = ["localhost", "*.localhost", own, *(host.lower() for host in hosts)]
        self._origins = {origin.rstrip("/").lower() for origin in origins}
        if public_url:
            parts = urlsplit(public_url.lower())
            self._hosts.append(parts.hostname or "")
            self._origins.add(f"{parts.scheme}://{parts.netloc}")
        self._good: set[str] = set()
        self._complained: set[str] = set()

    def check(self, scope: Scope) -> None:
        """Raises Refused where the request's Host or Origin is none of ours; programs send no Origin."""
        host = origin = None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value.decode("latin-1").lower()
            elif name == b"origin":
                origin = value.decode("latin-1").lower()
        if host is not None and host not in self._good:
            self._check_host(host)
        if origin is not None and scope["method"] not in READING:
            self._check_origin(origin, host)

    def _check_host(self, host: str) -> None:
        name = _name_in(host)
        if not (_is_local(name) or any(fnmatchcase(name, pattern) for pattern in self._hosts)):
            name = name[:SHOWN]
            self._refuse(
                f"This server does not answer to the name '{name}'. If that is its name, start it with "
                f"--allowed-hosts {name}; if a proxy shows it under that name, with --public-url https://{name}."
            )
        if len(self._good) < MAX_KEPT:
            self._good.add(host)

    def _check_origin(self, origin: str, host: str | None) -> None:
        if origin.partition("://")[2] == host or origin in self._origins or "*" in self._origins:
            return
        origin = origin[:SHOWN]
        self._refuse(
            f"Pages of {origin} may not write to this server. If they should, start it with --cors-allowed-origins "
            f"{origin}; if that is how a proxy shows this very server, with --public-url {origin}."
        )

    def _refuse(self, message: str) -> None:
        if message not in self._complained and len(self._complained) < MAX_KEPT:
            self._complained.add(message)
            log.warning("%s", message)
        raise Refused(Failure(errors.PERMISSION_DENIED, message))


def frame_ancestors(given: str) -> str:
    """What the header that browsers read says of `given`, the setting. Raises ValueError with what is no origin."""
    if said := _ANCESTORS.get(given.strip().upper()):
        return said
    origins = [one.rstrip("/") for one in listed(given)]
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(origin)
    return " ".join(["'self'", *origins])


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches a server that listens on `address`."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address.lower() == "localhost"


def _name_in(host: str) -> str:
    """The name or address of a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_local(name: str) -> bool:
    """Addresses, and names without a dot, are nothing that anybody elsewhere could make point here."""
    if "." not in name and ":" not in name:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
