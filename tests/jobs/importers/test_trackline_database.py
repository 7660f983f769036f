from __future__ import annotations

import threading
from pathlib import Path

import httpx
import pytest

from tests.databases import Engine
from tests.jobs.importers.made import brought, trackline
from tests.servers import running_server


def test_one_trackline_is_imported_into_another(mlflow_database: Path, engine: Engine, tmp_path: Path) -> None:
    with engine.uri() as there:
        brought(mlflow_database, there)
        into = f"sqlite:///{tmp_path / 'trackline.db'}"
        assert "New: 8 runs" in brought(there, into)
        assert "New: 0 runs, 0 points. Here before: 8 runs." in brought(there, into)


@pytest.mark.slow
def test_clients_go_on_logging_while_an_import_writes_to_the_same_file(mlflow_database: Path, tmp_path: Path) -> None:
    with running_server(tmp_path) as server, httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        run = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
        ended = threading.Event()
        answers: list[int] = []

        def log() -> None:
            while not ended.is_set():
                point = {"run_id": run, "key": "loss", "value": 1.0, "timestamp": 1, "step": len(answers)}
                answers.append(client.post("/api/2.0/mlflow/runs/log-metric", json=point).status_code)

        logging = threading.Thread(target=log)
        logging.start()
        try:
            said = brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
        finally:
            ended.set()
            logging.join()
        assert "New: 8 runs" in said
        assert set(answers) == {200}
        read = client.get("/api/2.0/mlflow/metrics/get-history", params={"run_id": run, "metric_key": "loss"}).json()
        assert len(read["metrics"]) == len(answers)


def test_what_is_neither_file_nor_folder_is_told_with_what_may_be_named(tmp_path: Path) -> None:
    done = trackline("import", tmp_path / "none.db", "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}")
    assert done.returncode == 2
    assert "There is no file or folder" in done.stderr
    assert "an mlruns folder" in done.stderr
