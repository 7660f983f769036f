"""The service manager that started this server, where there is one: systemd, or what speaks like it.

It hands over the socket that it listens on (sd_listen_fds(3)), is told when the server answers, and starts it anew when
it has heard nothing for too long (sd_notify(3)).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable

from trackline.db.errors import Overloaded, Unavailable
from trackline.db.transaction import Transaction
from trackline.domain.errors import NotServed
from trackline.server.opening import CannotStart
from trackline.server.services import Services
from trackline.settings import service_manager

FIRST_SOCKET = 3  # its file descriptor
SIGNS_IN_TIME = 3  # signs of life in the time after which the manager would give the server up


class Supervisor:
    """Who started this process. Without one, what is told is told to nobody."""

    def __init__(self) -> None:
        manager = service_manager(os.getpid())
        self._address = manager.notify_socket
        self.patience = manager.watchdog_seconds  # None: it is not waiting for signs of life
        self._sockets = manager.sockets

    def tell(self, state: str) -> None:
        """`state` as in sd_notify(3), such as "READY=1"."""
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with (
            contextlib.suppress(OSError),  # nobody listens any more: the server goes on all the same
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line,
        ):
            line.sendto(state.encode(), address)

    async def tell_alive(self, proof: Callable[[], Awaitable[None]]) -> None:
        """Tell it again and again, each time after the `proof`; for ever, or not at all where nobody waits for it."""
        while self.patience is not None:
            await proof()
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.patience / SIGNS_IN_TIME)

    def handed_over(self) -> socket.socket | None:
        """The socket that the manager listens on for this server. Raises CannotStart for any but one of TCP."""
        if not self._sockets:
            return None
        listener = socket.socket(fileno=FIRST_SOCKET)
        listener.set_inheritable(False)
        if self._sockets > 1 or listener.family not in (socket.AF_INET, socket.AF_INET6):
            listener.close()
            raise CannotStart(
                "The service manager handed over something else than one TCP socket.",
                "Let the .socket unit have one line ListenStream=ADDRESS:PORT; [::]:PORT takes IPv4 as well.",
            )
        return listener


async def writer_answers(services: Services) -> None:
    """Return once the database's writer has answered, be it with a refusal: where the disk is full or the database
    away, the server lives, and another one would be no better.
    """
    with contextlib.suppress(NotServed, Overloaded, Unavailable):
        await services.database.write(_nothing)


def _nothing(_: Transaction) -> None:
    """It is enough to have had one's turn."""
