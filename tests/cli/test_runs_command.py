"""`trackline runs`, against a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.servers import Server, running_server
from trackline.cli.main import main

API = "/api/2.0/mlflow"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


def said(server: Server, *arguments: str) -> tuple[int, str, str]:
    done = CliRunner(env={"NO_PROXY": "*"}).invoke(main, ["runs", *arguments, "--url", server.url])
    return done.exit_code, done.stdout, done.stderr


def test_runs_are_moved_and_copied_by_the_name_or_the_id_of_the_experiment(server: Server, tmp_path: Path) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        target = http.post(f"{API}/experiments/create", json={"name": "final one"}).json()["experiment_id"]
        made = [http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json() for _ in range(2)]
        runs = [one["run"]["info"]["run_id"] for one in made]

        assert said(server, "move", *runs, "--to", "final one") == (0, "Moved to final one: 2 runs.\n", "")
        again = said(server, "move", *runs, "--to", target)
        copied = said(server, "copy", runs[0], "--to", "0", "--json")
        refused = said(server, "move", runs[0], "--to", "none such")

        found = http.get(f"{API}/runs/get", params={"run_id": json.loads(copied[1])[0]["to"]}).json()
    assert again == (0, "Moved to final one: 0 runs (2 were there already).\n", "")
    assert found["run"]["info"]["experiment_id"] == "0"
    assert (refused[0], refused[2]) == (
        1,
        "trackline runs move: Could not find experiment with name 'none such'\n",
    )
