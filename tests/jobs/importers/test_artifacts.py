from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.jobs.importers.made import brought, seen, trackline
from tests.servers import running_server


def copied(source: Path, folder: Path, *flags: str) -> str:
    into = ("--backend-store-uri", f"sqlite:///{folder / 'trackline.db'}")
    kept = ("--artifacts-destination", str(folder / "artifacts"))
    done = trackline("import", source, *into, *kept, "--artifacts", "copy", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_files_are_copied_to_where_the_server_keeps_its_own(
    made_database: Callable[[str], Path], tmp_path: Path
) -> None:
    source = made_database("3.17")
    assert "8 files copied" in copied(source, tmp_path)
    runs = seen("3.17", tmp_path, f"sqlite:///{shutil.copy(source, tmp_path / 'copy.db')}")["runs"]
    with running_server(tmp_path) as server:
        here = seen("3.17", tmp_path, server.url)
        for run_id, run in here["runs"].items():
            name, experiment = run["info"][:2]
            assert run["place"][1] == f"mlflow-artifacts:/{experiment}/{run_id}/artifacts"
            copy = tmp_path / "artifacts" / experiment / run_id / "artifacts" / "deep" / "er" / "notes.txt"
            assert copy.read_text() == f"of {name}" == f"of {runs[run_id]['info'][0]}"
    with closing(sqlite3.connect(tmp_path / "trackline.db")) as database:
        locations = database.execute("SELECT DISTINCT location FROM model_versions").fetchall()
    (parent,) = [run_id for run_id, run in runs.items() if run["info"][0] == "parent"]
    assert locations == [(f"mlflow-artifacts:/1/{parent}/artifacts/deep",)]


def test_a_second_copy_passes_over_what_is_there_and_keeps_what_was_changed_here(
    made_database: Callable[[str], Path], tmp_path: Path
) -> None:
    copied(made_database("3.17"), tmp_path)
    first, second, *_ = sorted((tmp_path / "artifacts").rglob("notes.txt"))
    first.unlink()
    second.write_text("changed here")
    said = copied(made_database("3.17"), tmp_path)
    assert "1 files copied" in said
    assert "6 here before" in said
    assert "1 files: another file has the same name here, and stays" in said
    assert first.exists()
    assert second.read_text() == "changed here"


def test_files_behind_another_server_are_copied_from_its_folder(
    mlflow_database: Path, made_database: Callable[[str], Path], tmp_path: Path
) -> None:
    theirs = made_database("3.17").parent / "artifacts"
    with closing(sqlite3.connect(mlflow_database)) as there, there:
        for table, column in (("runs", "artifact_uri"), ("experiments", "artifact_location")):
            there.execute(f"UPDATE {table} SET {column} = replace({column}, '{theirs}', 'mlflow-artifacts:')")
    said = copied(mlflow_database, tmp_path / "without")
    assert "runs' and models' artifacts: their place cannot be opened from here" in said
    assert "8 files copied" in copied(mlflow_database, tmp_path / "with", "--source-artifacts", str(theirs))
    kept = brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    assert "7 runs' and models' artifacts: they are at mlflow-artifacts:/, which here means this server's own" in kept
    assert "7 files copied" in copied(mlflow_database, tmp_path, "--source-artifacts", str(theirs))


def test_a_run_whose_files_lie_where_no_experiment_leads_is_told_of(mlflow_database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(mlflow_database)) as there, there:
        there.execute("UPDATE runs SET artifact_uri = 's3://bucket/elsewhere' WHERE name = 'parent'")
    said = brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    assert "1 runs' and models' artifacts: their place does not end in /RUN/artifacts" in said
