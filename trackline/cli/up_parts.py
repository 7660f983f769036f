"""The programs that `trackline up` keeps running, each in a session of its own: Ctrl-C reaches them through here.

They end with it, however it ends: where it is killed, Linux tells them (PR_SET_PDEATHSIG in prctl(2)).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import httpx
import msgspec

LOOK_SECONDS = 0.5  # between two looks whether a part answers
PAUSE_SECONDS = 1.0  # before a part that ended is started again; twice as long after each further time
LONGEST_PAUSE = 30.0
LONG_LIFE = 60.0  # seconds after which a part is no longer taken for one that cannot run
STOP_SECONDS = 45.0
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG

State = Literal["starting", "answers", "silent", "ended"]


class Part(NamedTuple):
    """What is started, and the address that shows that it answers. What it writes goes to `log`, or the terminal."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    url: str
    health: str
    log: Path | None = None


class Shown(msgspec.Struct):
    """A part as the status shows it. `starts` counts them; `since` is seconds since 1970."""

    name: str
    url: str
    health: str
    pid: int = 0
    starts: int = 0
    since: float = 0.0
    state: State = "starting"


class CouldNotStart(Exception):
    """A part ended before it ever answered."""

    def __init__(self, part: Part, code: int) -> None:
        super().__init__(part.name)
        self.part = part
        self.code = code


@dataclass
class Parts:
    """Running, until they are told to stop. `changed` is called with all that is shown whenever some of it changes."""

    parts: list[Part]
    changed: Callable[[list[Shown]], None]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._shown = {part.name: Shown(part.name, part.url, part.health) for part in self.parts}

    async def run(self) -> None:
        """Raises CouldNotStart; all others have ended then."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self.stopping.set)
        keeping = [asyncio.create_task(self._keep(part)) for part in self.parts]
        try:
            await asyncio.gather(*keeping)
        finally:
            self.stopping.set()
            await asyncio.gather(*keeping, return_exceptions=True)

    async def _keep(self, part: Part) -> None:
        """One process after another. Raises CouldNotStart where the first never answers."""
        has_answered, pause = False, PAUSE_SECONDS
        while not self.stopping.is_set():
            begun = time.monotonic()
            process = await self._start(part)
            looking = asyncio.create_task(self._look(part))
            code = await self._ended(process)
            looking.cancel()
            has_answered |= self._shown[part.name].state in ("answers", "silent")
            if self.stopping.is_set():
                return
            if not has_answered:
                raise CouldNotStart(part, code)
            self._show(part, state="ended")
            pause = PAUSE_SECONDS if time.monotonic() - begun > LONG_LIFE else min(2 * pause, LONGEST_PAUSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause)

    async def _start(self, part: Part) -> asyncio.subprocess.Process:
        with contextlib.ExitStack() as stack:
            sink = stack.enter_context(part.log.open("ab")) if part.log else None
            process = await asyncio.create_subprocess_exec(
                *part.command,
                env=part.environment,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=_ending_with(os.getpid()),
            )
        self._show(part, state="starting", pid=process.pid, since=time.time(), starts=self._shown[part.name].starts + 1)
        return process

    async def _ended(self, process: asyncio.subprocess.Process) -> int:
        """Return its exit code when it has ended, by itself or because all are to stop."""
        waiting = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(self.stopping.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not waiting.done():
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and what it may have left, such as kernels
        return await waiting

    async def _look(self, part: Part) -> None:
        async with _http() as http:
            while True:
                does = await _answers(http, part.health)
                before = self._shown[part.name].state
                if does or before != "starting":
                    self._show(part, state="answers" if does else "silent")
                await asyncio.sleep(LOOK_SECONDS)

    def _show(self, part: Part, **changes: object) -> None:
        before = self._shown[part.name]
        after = msgspec.structs.replace(before, **changes)
        if after != before:
            self._shown[part.name] = after
            self.changed(list(self._shown.values()))


def _ending_with(parent: int) -> Callable[[], None] | None:
    """What a part does before it becomes its program, so that it is told to end when `parent` has. Linux only."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # here: after the fork there should be no more to do than the call

    def ask() -> None:
        libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:  # it has ended already
            os.kill(os.getpid(), signal.SIGTERM)

    return ask


async def look_again(shown: list[Shown]) -> list[Shown]:
    """The same parts as they answer now."""
    async with _http() as http:
        does = await asyncio.gather(*(_answers(http, part.health) for part in shown))
    return [
        msgspec.structs.replace(part, state="answers" if yes else "silent") if part.state != "ended" else part
        for part, yes in zip(shown, does, strict=True)
    ]


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, verify=False, timeout=LOOK_SECONDS * 4)  # noqa: S501 they are ours


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).is_success
    except httpx.HTTPError:
        return False
