"""A server of artifacts and nothing else."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.servers import running_server


def test_it_is_ready_and_keeps_files_and_says_that_tracking_is_elsewhere(tmp_path: Path) -> None:
    with running_server(tmp_path, "--artifacts-only") as server, httpx.Client(base_url=server.url) as http:
        assert http.get("/ready").status_code == 200
        path = "/api/2.0/mlflow-artifacts/artifacts/a/b.txt"
        assert http.put(path, content=b"kept").status_code == 200
        assert http.get(path).content == b"kept"
        refused = http.get("/api/2.0/mlflow/experiments/get", params={"experiment_id": "0"})
        assert refused.status_code == 501
        assert "--artifacts-only" in refused.json()["message"]
    assert not (tmp_path / "trackline.db").exists()
