from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.environments import environment
from tests.jobs.importers.made import brought, program, seen
from tests.postgres import cluster
from tests.servers import running_server


@pytest.mark.slow
def test_a_client_sees_the_same_history_in_postgresql_and_after_the_import(tmp_path: Path) -> None:
    python = environment("mlflow-postgresql")
    with cluster() as made:
        name = made.new()
        theirs = made.uri(name).replace("postgresql:", "postgresql+psycopg:")
        program(python, tmp_path, "make", theirs, str(tmp_path / "files"))
        into = f"sqlite:///{tmp_path / 'trackline.db'}"
        assert "New: 8 runs, 3,1" in brought(made.uri(name), into)
        assert "New: 0 runs, 0 points. Here before: 8 runs." in brought(made.uri(name), into)
        there = json.loads(program(python, tmp_path, "read", theirs).splitlines()[-1])
    with running_server(tmp_path) as server:
        assert seen("3.17", tmp_path, server.url) == there
