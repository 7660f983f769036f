"""Programs that log without a pause while something breaks, and what became of what they were told is kept."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.server.talk import API, client_of
from tests.servers import Server, clean_environment
from tools.client_environments import environment

TRAININGS = 4
PATIENCE = 300.0  # seconds; the stock client waits for more than a minute between its last tries
TRY_AGAIN_SECONDS = 0.02
KEYS = ("loss", "accuracy")


class Acknowledged(NamedTuple):
    moment: float  # of time.monotonic()
    run: str
    step: int


class Outcome(NamedTuple):
    """In points."""

    acknowledged: int
    lost: int
    duplicated: int


class Load:
    """Trainings with the stock client, and a prober that asks again at once: by it one sees when the server is back."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._changed = threading.Condition()
        self._trained: list[Acknowledged] = []
        self._probed: list[Acknowledged] = []
        self._ended = threading.Event()
        self._errors = folder / "trainings.log"
        with self._errors.open("wb") as errors:
            self._trainings = subprocess.Popen(
                [environment("3.17"), Path(__file__).with_name("training.py"), server.url, str(TRAININGS)],
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._threads = [threading.Thread(target=one) for one in (self._listen, self._probe)]
        for thread in self._threads:
            thread.start()

    def goes_on(self, writes: int = 100) -> None:
        """Return when so many more writes have been acknowledged, to the trainings and to the prober."""
        with self._changed:
            wanted = len(self._trained) + writes, len(self._probed) + writes

            def enough() -> bool:
                if self._trainings.poll() is not None:
                    return True
                return len(self._trained) >= wanted[0] and len(self._probed) >= wanted[1]

            assert self._changed.wait_for(enough, PATIENCE), f"no more is acknowledged\n{self._server.output}"
        assert self._trainings.poll() is None, self._errors.read_text()

    def first_after(self, moment: float) -> float:
        """The seconds from `moment` to the next acknowledgement of the prober."""
        with self._changed:

            def last() -> float:
                return self._probed[-1].moment if self._probed else 0.0

            assert self._changed.wait_for(lambda: last() > moment, PATIENCE), self._server.output
            return min(one.moment for one in self._probed if one.moment > moment) - moment

    def end(self) -> None:
        """What is under way is finished; the stock client may be waiting for its next try."""
        self._ended.set()
        assert self._trainings.stdin is not None
        self._trainings.stdin.close()
        try:
            code = self._trainings.wait(PATIENCE)
        finally:
            self._trainings.kill()
            for thread in self._threads:
                thread.join(PATIENCE)
        assert code == 0, self._errors.read_text()

    def outcome(self) -> Outcome:
        """Compares what was acknowledged with what the server shows."""
        told: dict[str, set[int]] = {}
        for one in [*self._trained, *self._probed]:
            told.setdefault(one.run, set()).add(one.step)
        acknowledged = lost = duplicated = 0
        with client_of(self._server) as http:
            for run, steps in told.items():
                for key in KEYS:
                    kept = Counter(_steps(http, run, key))
                    acknowledged += len(steps)
                    lost += len(steps - kept.keys())
                    duplicated += kept.total() - len(kept)
        return Outcome(acknowledged, lost, duplicated)

    def _listen(self) -> None:
        assert self._trainings.stdout is not None
        with self._trainings.stdout as lines:
            for line in lines:
                run, step = line.split()
                self._note(self._trained, run, int(step))
        with self._changed:
            self._changed.notify_all()

    def _probe(self) -> None:
        run = self._until_taken("create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        step = 0
        while not self._ended.is_set():
            metrics = [{"key": key, "value": step, "timestamp": step, "step": step} for key in KEYS]
            self._until_taken("log-batch", {"run_id": run, "metrics": metrics})
            self._note(self._probed, run, step)
            step += 1
            time.sleep(TRY_AGAIN_SECONDS)

    def _until_taken(self, path: str, body: dict[str, object]) -> dict[str, dict[str, dict[str, str]]]:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = httpx.post(
                    f"{self._server.url}{API}/runs/{path}", json=body, timeout=PATIENCE, trust_env=False
                )
                if answer.status_code == 200:
                    found: dict[str, dict[str, dict[str, str]]] = answer.json()
                    return found
                assert answer.status_code == 503 and "retry-after" in answer.headers, answer.text
            except httpx.TransportError:  # a worker was killed while it answered
                assert time.monotonic() < deadline
            time.sleep(TRY_AGAIN_SECONDS)

    def _note(self, those: list[Acknowledged], run: str, step: int) -> None:
        with self._changed:
            those.append(Acknowledged(time.monotonic(), run, step))
            self._changed.notify_all()


def _steps(http: httpx.Client, run: str, key: str) -> list[int]:
    steps: list[int] = []
    query = {"run_id": run, "metric_key": key, "max_results": "5000"}
    while True:
        page = http.get(f"{API}/metrics/get-history", params=query).json()
        steps += [int(point.get("step", 0)) for point in page.get("metrics", [])]
        if not page.get("next_page_token"):
            return steps
        query["page_token"] = page["next_page_token"]


@contextmanager
def under_load(server: Server, folder: Path) -> Iterator[Load]:
    """In the block something may break; after it the load has to go on, and is then ended."""
    with ExitStack() as stack:
        load = Load(server, folder)
        stack.callback(load.end)
        load.goes_on()
        yield load
        load.goes_on()
