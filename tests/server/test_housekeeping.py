"""What the server does in the background."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import httpx
from click.testing import CliRunner

from tests.server.talk import API, client_of
from tests.server.ui_made import OURS, made_run, points
from tests.servers import running_server
from trackline.cli.main import main


def test_a_run_that_is_silent_for_long_has_failed_by_itself(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        made = [http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json() for _ in range(60)]
        runs = [one["run"]["info"]["run_id"] for one in made]
    with sqlite3.connect(tmp_path / "trackline.db") as connection:
        connection.execute("UPDATE runs SET seen_ms = seen_ms - 7200000 WHERE uuid <> ?", (runs[0],))
    connection.close()
    with running_server(tmp_path, "--fail-silent-after", "1") as server, client_of(server) as http:
        deadline = time.monotonic() + 60
        while len(failed := _with_status(http, "FAILED")) < 59 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert set(failed) == set(runs[1:])
        assert _with_status(http, "RUNNING") == runs[:1]


def test_what_is_long_in_the_trash_is_removed_by_itself(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        made = [http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json() for _ in range(2)]
        runs = [one["run"]["info"]["run_id"] for one in made]
        for run in runs:
            http.post(f"{API}/runs/delete", json={"run_id": run}).raise_for_status()
    with sqlite3.connect(tmp_path / "trackline.db") as connection:
        connection.execute("UPDATE runs SET deleted_ms = deleted_ms - 2 * 86400000 WHERE uuid = ?", (runs[0],))
    connection.close()
    with running_server(tmp_path, "--trash-retention", "1") as server, client_of(server) as http:
        deadline = time.monotonic() + 60
        while _status_of(http, runs[0]) == 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert [_status_of(http, run) for run in runs] == [404, 200]


def test_runs_that_do_not_stay_by_the_rule_of_their_experiment_go_to_the_trash_by_themselves(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        runs = [made_run(http, "0", f"run {n}", metrics=points("loss", n)) for n in range(3)]
        for run in runs:
            http.post(f"{API}/runs/update", json={"run_id": run, "status": "FINISHED"}).raise_for_status()
        rule = {"keep_best": 1, "metric": "loss", "goal": "max"}
        http.put(f"{OURS}/experiments/0/retention", json=rule).raise_for_status()
        shown = http.get(f"{OURS}/experiments/0/retention").json()
    with sqlite3.connect(tmp_path / "trackline.db") as connection:
        connection.execute("UPDATE chores SET due_ms = 0")
    connection.close()
    with running_server(tmp_path) as server, client_of(server) as http:
        deadline = time.monotonic() + 60
        while len(left := _with_status(http, "FINISHED")) > 1 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (left, shown) == (runs[2:], rule | {"thin_after_days": None, "thin_to": None})


def test_backups_are_made_by_themselves_and_can_be_restored(tmp_path: Path) -> None:
    place = tmp_path / "backups"
    with running_server(tmp_path, "--backup-to", str(place), "--backup-artifacts"):
        deadline = time.monotonic() + 60
        while not list(place.glob("*/manifest.json")) and time.monotonic() < deadline:
            time.sleep(0.1)
    verified = CliRunner().invoke(main, ["verify", str(place)])
    assert (verified.exit_code, verified.output.split(" can be restored")[0][:2]) == (0, "✓ ")


def _status_of(http: httpx.Client, run: str) -> int:
    return http.get(f"{API}/runs/get", params={"run_id": run}).status_code


def _with_status(http: httpx.Client, status: str) -> list[str]:
    body = {"experiment_ids": ["0"], "filter": f"attributes.status = '{status}'"}
    return [run["info"]["run_id"] for run in http.post(f"{API}/runs/search", json=body).json().get("runs", [])]
