"""`trackline retention` and what `trackline gc` does by it, on a server and its database."""

from __future__ import annotations

from pathlib import Path

import httpx
from click.testing import CliRunner

from tests.servers import Server, running_server
from trackline.cli.main import main

API = "/api/2.0/mlflow"


def said(server: Server, *arguments: str) -> tuple[int, str]:
    done = CliRunner(env={"NO_PROXY": "*"}).invoke(main, ["retention", *arguments, "--url", server.url])
    return done.exit_code, done.output


def test_rules_are_set_shown_applied_by_gc_and_removed(tmp_path: Path) -> None:
    flags = ("--artifacts-destination", str(tmp_path / "artifacts"))
    places = ["gc", "--older-than", "0s", "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}", *flags]
    with running_server(tmp_path, *flags) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        runs = []
        for loss in (3.0, 1.0, 2.0):
            made = http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
            point = {"run_id": made, "key": "loss", "value": loss, "timestamp": 1}
            http.post(f"{API}/runs/log-metric", json=point).raise_for_status()
            http.post(f"{API}/runs/update", json={"run_id": made, "status": "FINISHED"}).raise_for_status()
            runs.append(made)
        none = said(server, "show", "Default")
        given = said(server, "set", "Default", "--keep-best", "1", "--metric", "loss", "--goal", "min")
        both = said(server, "set", "0", "--keep-best", "1", "--metric", "loss", "--goal", "min", "--thin-after", "90d")
        unclear = said(server, "set", "0", "--thin-after", "12h")
        half = said(server, "set", "0", "--keep-best", "1")
        planned = CliRunner().invoke(main, [*places, "--dry-run"]).output
        done = CliRunner().invoke(main, places).output
        left = http.post(f"{API}/runs/search", json={"experiment_ids": ["0"]}).json()["runs"]
        http.post(f"{API}/runs/restore", json={"run_id": runs[0]}).raise_for_status()
        again = CliRunner().invoke(main, places).output
        removed = said(server, "remove", "0")
        found = [http.get(f"{API}/runs/get", params={"run_id": run}).status_code for run in runs]

    assert none == removed == (0, "Default: all runs stay.\nDefault: all points stay.\n")
    assert given == (0, "Default: the best 1 run stays, by the lowest loss.\nDefault: all points stay.\n")
    assert both[1].endswith("Default: 90 days after the end of a run 1,000 points of each series stay.\n")
    assert unclear[0] == 2 and "Write it as 90d" in unclear[1]
    assert half[0] == 1 and '"keep_best", "metric" and "goal"' in half[1]
    assert "By the rules of experiments 2 runs (56 B) would go to the trash, 0 points" in planned
    assert "By the rules of experiments 2 runs went to the trash, 0 points were thinned out." in done
    assert [run["info"]["run_id"] for run in left] == [runs[1]]
    assert "Removed for good:\n  1 run," in again and "By the rules" not in again
    assert found == [200, 200, 404]
