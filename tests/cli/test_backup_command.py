"""`trackline backup`, `verify` and `restore`, beside a server that runs."""

from __future__ import annotations

from pathlib import Path

import httpx
from click.testing import CliRunner

from tests.databases import Engine
from tests.servers import running_server
from trackline.cli.main import main

API = "/api/2.0/mlflow"


def said(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def places(folder: Path) -> list[str]:
    database = f"sqlite:///{folder / 'trackline.db'}"
    return ["--backend-store-uri", database, "--artifacts-destination", str(folder / "artifacts")]


def test_a_server_is_backed_up_while_it_runs_and_another_goes_on_from_there(
    postgres_engine: Engine, tmp_path: Path
) -> None:
    old, new, backups = tmp_path / "old", tmp_path / "new", str(tmp_path / "backups")
    old.mkdir()
    new.mkdir()
    with running_server(old, *places(old)) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        info = http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]
        path = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
        http.put(f"/api/2.0/mlflow-artifacts/artifacts/{path}/a.txt", content=b"kept").raise_for_status()
        made = said("backup", backups, "--artifacts", "--keep", "2", *places(old))
    verified = said("verify", backups)
    with postgres_engine.uri() as uri:
        tried = [said("verify", backups, "--scratch-uri", uri) for _ in range(2)]
    restored = said("restore", backups, *places(new))
    again = said("restore", backups, *places(new))
    none = said("verify", str(tmp_path / "nowhere"))

    assert made[0] == 0 and ", 1 file (4 B)." in made[1], made[1]
    assert verified[0] == 0 and "can be restored" in verified[1], verified[1]
    assert tried[0][0] == 0 and "can be restored" in tried[0][1], tried[0][1]
    assert tried[1][0] == 2 and "is not empty" in tried[1][1], tried[1][1]
    assert restored[0] == 0, restored[1]
    assert again[0] == 2 and "exists already" in again[1]
    assert none[0] == 2 and "There is no folder" in none[1]
    with running_server(new, *places(new)) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        found = http.get("/get-artifact", params={"run_id": info["run_id"], "path": "a.txt"})
        assert found.content == b"kept"
