"""One peer's running server: what is asked of it, and how data is made in it within a limit."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import uuid4

from bench import payloads
from bench.driver import Client, Outcome, TookTooLong, drive, replay
from bench.processes import Server
from bench.run_set import BEGAN_MS
from bench.scale import Scale

T = TypeVar("T")

ASK_SECONDS = 300.0
SET_UP_CLIENTS = 8
PIECES = 20  # of work whose end is foreseen after each


class Host:
    """`made`: what has been made in it, or why it was not, by name (`made_once`)."""

    def __init__(self, server: Server, scale: Scale) -> None:
        self.server = server
        self.scale = scale
        self.made: dict[str, Any] = {}

    def ask(self, request: bytes) -> Any:
        return json.loads(self.to_the_end(replay([request])).last_answer)

    def to_the_end(self, *clients: Client) -> Outcome:
        return drive(self.server.port, clients, ASK_SECONDS)

    def drive(self, *clients: Client, prompt: bool = False) -> Outcome:
        """One round."""
        return drive(self.server.port, clients, self.scale.seconds, prompt, self.scale.patience)

    @cached_property
    def experiment(self) -> str:
        """For whatever a row writes."""
        return self.new_experiment("bench")

    def new_run(self) -> str:
        body = {"experiment_id": self.experiment, "start_time": BEGAN_MS}
        run_id: str = self.ask(payloads.post("runs/create", body))["run"]["info"]["run_id"]
        return run_id

    def make(
        self,
        what: str,
        things: Sequence[T],
        client: Callable[[Sequence[T]], Client],
        clients: int = SET_UP_CLIENTS,
        each: int = 1,
    ) -> None:
        """All `things`, each of which is `each` of `what`. Raises TookTooLong as soon as it is clear that it will."""
        limit, began = self.scale.set_up_seconds, time.monotonic()
        size = -(-len(things) // PIECES)
        for start in range(0, len(things), size):
            piece = things[start : start + size]
            shares = [client(piece[number::clients]) for number in range(min(clients, len(piece)))]
            drive(self.server.port, shares, limit)
            done, took = start + len(piece), time.monotonic() - began
            if took / done * len(things) > limit:
                raise TookTooLong(
                    f"it makes {done * each / took:,.0f} {what} a second, and {len(things) * each:,} should take no "
                    f"longer than {limit:.0f} s at this scale"
                )

    def new_experiment(self, name: str) -> str:
        """Its name is nobody else's: one whose answer was lost may be there already."""
        body = {"name": f"{name} {uuid4().hex}"}
        experiment_id: str = self.ask(payloads.post("experiments/create", body))["experiment_id"]
        return experiment_id


class made_once(Generic[T]):  # noqa: N801 a kind of property
    """As cached_property; what took too long is not tried again either."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, host: Host, _owner: type) -> T:
        if self._name not in host.made:
            try:
                host.made[self._name] = self._make(host)
            except TookTooLong as reason:
                host.made[self._name] = reason
        found = host.made[self._name]
        if isinstance(found, TookTooLong):
            raise found
        return found  # type: ignore[no-any-return]
