from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import Any

import httpx
import pytest

from tests.databases import Engine
from tests.server.talk import API, client_of
from tests.servers import Server, running_server

CLIENTS = 64
STEPS = 20


@pytest.fixture(scope="module")
def server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("concurrency")
    with engine.uri() as uri, running_server(folder, f"--backend-store-uri={uri}") as server:
        yield server


class Crowd:
    """Clients, each on a thread and a connection of its own, that all begin at the same moment."""

    def __init__(self, clients: list[httpx.Client]) -> None:
        self._clients = clients

    def each(self, work: Callable[[httpx.Client, int], Any]) -> list[Any]:
        """What `work(client, its number)` returned for each client, in their order."""
        together = Barrier(CLIENTS)

        def begin(client: httpx.Client, number: int) -> Any:
            together.wait()
            return work(client, number)

        with ThreadPoolExecutor(CLIENTS) as threads:
            return list(threads.map(begin, self._clients, range(CLIENTS)))


@pytest.fixture(scope="module")
def crowd(server: Server) -> Iterator[Crowd]:
    with ExitStack() as stack:
        clients = [stack.enter_context(client_of(server)) for _ in range(CLIENTS)]
        for client in clients:
            client.get("/health")
        yield Crowd(clients)


def done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def a_small_run(client: httpx.Client, number: int) -> str:
    """What a short training says, from its beginning to its end."""
    info = {"experiment_id": "0", "run_name": f"client {number}", "user_id": f"user {number}", "start_time": number}
    run = done(client.post(f"{API}/runs/create", json=info))["run"]["info"]["run_id"]
    for name in ("lr", "depth"):
        done(client.post(f"{API}/runs/log-parameter", json={"run_id": run, "key": name, "value": f"{name} {number}"}))
    for step in range(STEPS):
        point = {"run_id": run, "key": "loss", "value": number + step / 100, "timestamp": step, "step": step}
        done(client.post(f"{API}/runs/log-metric", json=point))
    metrics = [{"key": f"m{n % 5}", "value": number, "timestamp": n, "step": n} for n in range(50)]
    tags = [{"key": "number", "value": str(number)}, {"key": f"only {number}", "value": "x"}]
    done(client.post(f"{API}/runs/log-batch", json={"run_id": run, "metrics": metrics, "tags": tags}))
    done(client.post(f"{API}/runs/update", json={"run_id": run, "status": "FINISHED", "end_time": number + 1}))
    return str(run)


def test_sixty_four_clients_at_once_each_get_a_run_with_everything_in_it(server: Server, crowd: Crowd) -> None:
    uuids = crowd.each(a_small_run)
    assert len(set(uuids)) == CLIENTS
    with client_of(server) as http:
        found = done(http.post(f"{API}/runs/search", json={"experiment_ids": ["0"], "max_results": 1000}))["runs"]
        assert {run["info"]["run_id"] for run in found} == set(uuids)
        assert len(found) == CLIENTS
        for run in found:
            number = uuids.index(run["info"]["run_id"])
            assert run["info"]["run_name"] == f"client {number}"
            assert (run["info"]["status"], run["info"]["end_time"]) == ("FINISHED", number + 1)
            assert params_of(run) == {"lr": f"lr {number}", "depth": f"depth {number}"}
            tags = {"number": str(number), f"only {number}": "x", "mlflow.runName": f"client {number}"}
            assert {tag["key"]: tag["value"] for tag in run["data"]["tags"]} == tags
            latest = {metric["key"]: metric["value"] for metric in run["data"]["metrics"]}
            assert latest == {"loss": number + (STEPS - 1) / 100} | {f"m{n}": number for n in range(5)}
        for number, uuid in enumerate(uuids):
            query = {"run_id": uuid, "metric_key": "loss"}
            points = done(http.get(f"{API}/metrics/get-history", params=query))["metrics"]
            assert [point["step"] for point in points] == list(range(STEPS))
            assert [point["value"] for point in points] == [number + step / 100 for step in range(STEPS)]


def test_all_may_write_to_one_run(server: Server, crowd: Crowd) -> None:
    with client_of(server) as http:
        run = done(http.post(f"{API}/runs/create", json={"experiment_id": "0"}))["run"]["info"]["run_id"]

        def log(client: httpx.Client, number: int) -> None:
            for batch in range(10):
                first = (number * 10 + batch) * 10
                metrics = [
                    {"key": "m", "value": step, "timestamp": step, "step": step} for step in range(first, first + 10)
                ]
                params = [{"key": "same", "value": "for all"}, {"key": f"of {number}", "value": "x"}]
                body = {"run_id": run, "metrics": metrics, "params": params}
                done(client.post(f"{API}/runs/log-batch", json=body))

        crowd.each(log)

        points = done(http.get(f"{API}/metrics/get-history", params={"run_id": run, "metric_key": "m"}))["metrics"]
        assert [point["value"] for point in points] == list(range(CLIENTS * 100))
        found = done(http.get(f"{API}/runs/get", params={"run_id": run}))["run"]
        assert params_of(found) == {"same": "for all"} | {f"of {number}": "x" for number in range(CLIENTS)}


def test_the_same_points_sent_by_all_are_there_once(server: Server, crowd: Crowd) -> None:
    with client_of(server) as http:
        run = done(http.post(f"{API}/runs/create", json={"experiment_id": "0"}))["run"]["info"]["run_id"]
        metrics = [{"key": "m", "value": step, "timestamp": step, "step": step} for step in range(100)]
        body = {"run_id": run, "metrics": metrics}
        crowd.each(lambda client, _: done(client.post(f"{API}/runs/log-batch", json=body)))
        points = done(http.get(f"{API}/metrics/get-history", params={"run_id": run, "metric_key": "m"}))["metrics"]
        assert [point["step"] for point in points] == list(range(100))


def test_of_many_that_want_one_name_one_gets_it(server: Server, crowd: Crowd) -> None:
    answers = crowd.each(lambda client, _: client.post(f"{API}/experiments/create", json={"name": "wanted"}))
    outcomes = Counter((answer.status_code, answer.json().get("error_code")) for answer in answers)
    assert outcomes == {(200, None): 1, (400, "RESOURCE_ALREADY_EXISTS"): CLIENTS - 1}


def test_of_many_that_set_one_param_the_first_wins_and_the_others_are_told(server: Server, crowd: Crowd) -> None:
    with client_of(server) as http:
        run = done(http.post(f"{API}/runs/create", json={"experiment_id": "0"}))["run"]["info"]["run_id"]
        answers = crowd.each(
            lambda client, number: client.post(
                f"{API}/runs/log-parameter", json={"run_id": run, "key": "p", "value": str(number)}
            )
        )
        (winner,) = [number for number, answer in enumerate(answers) if answer.status_code == 200]
        assert {answer.status_code for answer in answers} == {200, 400}
        assert params_of(done(http.get(f"{API}/runs/get", params={"run_id": run}))["run"]) == {"p": str(winner)}


def test_readers_see_whole_batches_while_writers_write(server: Server, crowd: Crowd) -> None:
    with client_of(server) as http:
        run = done(http.post(f"{API}/runs/create", json={"experiment_id": "0"}))["run"]["info"]["run_id"]

        def read_or_write(client: httpx.Client, number: int) -> None:
            for turn in range(10):
                if number % 2:
                    value = str(number * 10 + turn)
                    tags = [{"key": key, "value": value} for key in ("left", "right")]
                    done(client.post(f"{API}/runs/log-batch", json={"run_id": run, "tags": tags}))
                else:
                    found = done(client.get(f"{API}/runs/get", params={"run_id": run}))["run"]
                    tags_seen = {tag["key"]: tag["value"] for tag in found["data"]["tags"]}
                    assert tags_seen.get("left") == tags_seen.get("right")

        crowd.each(read_or_write)


def params_of(run: dict[str, Any]) -> dict[str, str]:
    return {param["key"]: param["value"] for param in run["data"]["params"]}
