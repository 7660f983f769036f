from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.importers.made import GENERATIONS, brought, seen, trackline
from tests.servers import running_server


@pytest.mark.parametrize("version", GENERATIONS)
def test_a_client_sees_the_same_history_in_the_folder_and_after_the_import(
    made_folder: Callable[[str], Path], version: str, tmp_path: Path
) -> None:
    source = made_folder(version)
    before = sorted((path, path.stat().st_mtime_ns) for path in source.rglob("*"))
    into = f"sqlite:///{tmp_path / 'trackline.db'}"
    assert "New: 8 runs, 3,1" in brought(source, into)
    assert sorted((path, path.stat().st_mtime_ns) for path in source.rglob("*")) == before
    assert "New: 0 runs, 0 points. Here before: 8 runs." in brought(source, into)
    with running_server(tmp_path) as server:
        here, there = seen(version, tmp_path, server.url), seen(version, tmp_path, str(source))
    for run_id, run in there["runs"].items():
        if "auc" in run["points"]:  # a point that tells of a model: MLflow leaves out its step when it reads the file
            assert here["runs"][run_id]["points"].pop("auc") == [[1_000, 2, "0.75"]]
            assert run["points"].pop("auc") == [[1_000, 0, "0.75"]]
    assert here == there


def experiment(folder: Path, points: str) -> Path:
    """A folder with one run, written by hand."""
    run = folder / "mlruns" / "7" / "abc"
    (run / "metrics").mkdir(parents=True)
    (run.parent / "meta.yaml").write_text(
        "artifact_location: /nowhere/7\nexperiment_id: '7'\nlifecycle_stage: active\nname: by hand\n"
    )
    (run / "meta.yaml").write_text("run_name: one\nstatus: 3\nstart_time: 1\nend_time: 2\nlifecycle_stage: active\n")
    (run / "metrics" / "loss").write_text(points)
    return folder / "mlruns"


def test_a_point_that_stands_twice_in_its_file_comes_once(tmp_path: Path) -> None:
    source = experiment(tmp_path, "1 0.5 0\n1 0.5 0\n2 nan 1\n")
    into = f"sqlite:///{tmp_path / 'trackline.db'}"
    assert "New: 1 runs, 2 points." in brought(source, into)
    assert "New: 0 runs, 0 points." in brought(source, into)


def test_a_line_that_is_no_point_is_named(tmp_path: Path) -> None:
    source = experiment(tmp_path, "1 0.5 0\nhalf a l\n")
    done = trackline("import", source, "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}")
    assert done.returncode == 2
    assert "loss has a line that is no point: half a l. Mend it, or move the file away." in done.stderr


def test_a_folder_without_experiments_is_refused(tmp_path: Path) -> None:
    done = trackline("import", tmp_path, "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}")
    assert done.returncode == 2
    assert "holds no experiments. Name the folder that MLflow calls mlruns." in done.stderr
