"""`trackline gc`, on a database that a server has filled."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.servers import running_server
from trackline.cli.main import main

API = "/api/2.0/mlflow"


def said(folder: Path, *arguments: str) -> tuple[int, str]:
    places = ["--backend-store-uri", f"sqlite:///{folder / 'trackline.db'}"]
    places += ["--artifacts-destination", str(folder / "artifacts")]
    done = CliRunner().invoke(main, ["gc", *places, *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_the_trash_is_looked_at_and_emptied_while_the_server_runs(tmp_path: Path) -> None:
    flags = ("--artifacts-destination", str(tmp_path / "artifacts"))
    with running_server(tmp_path, *flags) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        runs = []
        for _ in range(3):
            info = http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]
            path = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
            http.put(f"/api/2.0/mlflow-artifacts/artifacts/{path}/a", content=b"x" * 1000).raise_for_status()
            runs.append(info["run_id"])
        for run in runs[:2]:
            http.post(f"{API}/runs/delete", json={"run_id": run}).raise_for_status()

        young = said(tmp_path)
        planned = said(tmp_path, "--older-than", "0s", "--dry-run")
        refused = said(tmp_path, "--run-ids", runs[2])
        one = said(tmp_path, "--run-ids", runs[0])
        rest = said(tmp_path, "--older-than", "0s")
        left = http.post(f"{API}/runs/search", json={"experiment_ids": ["0"], "run_view_type": "ALL"}).json()["runs"]

    assert young == (0, "Removed for good:\n  0 runs, 0 logged models, 0 experiments\n  0 files (0 B)\n")
    assert planned[1].startswith(
        "Dry run: nothing was touched. It would remove:\n  2 runs, 0 logged models\n  2 files (2.0 KiB)"
    )
    assert refused[0] == 1 and f"The run {runs[2]} is not in the trash" in refused[1]
    assert "1 run, " in one[1] and "1 run, " in rest[1]
    assert [run["info"]["run_id"] for run in left] == [runs[2]]
    assert len(list((tmp_path / "artifacts").rglob("a"))) == 1


@pytest.mark.parametrize("span", ["3", "3x", "-1d", "1h2d"])
def test_a_span_that_is_none_is_explained(tmp_path: Path, span: str) -> None:
    (tmp_path / "trackline.db").touch()
    code, output = said(tmp_path, "--older-than", span, "--run-ids", "x")
    assert code == 1 and "Write it as 30d" in output


def test_disk_usage_is_told_by_the_command_and_by_the_server(tmp_path: Path) -> None:
    flags = ("--artifacts-destination", str(tmp_path / "artifacts"))
    with running_server(tmp_path, *flags) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        info = http.post(f"{API}/runs/create", json={"experiment_id": "0", "run_name": "big"}).json()["run"]["info"]
        path = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
        http.put(f"/api/2.0/mlflow-artifacts/artifacts/{path}/a", content=b"x" * 2048).raise_for_status()
        places = ["--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}", *flags]
        invoke = CliRunner().invoke
        whole, one, by_name = (invoke(main, ["du", *some, *places]).output for some in ((), ("0",), ("Default",)))
        shown = http.get("/api/trackline/disk").json()
        within = http.get("/api/trackline/experiments/0/disk").json()
    assert whole.splitlines()[1].split()[:3] == ["0", "Default", "1"] and "2.0 KiB" in whole
    assert "big" in one and by_name == one and "2.0 KiB" in one
    assert shown["experiments"][0]["artifact_bytes"] == within["runs"][0]["artifact_bytes"] == 2048
