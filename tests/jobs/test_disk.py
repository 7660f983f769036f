"""How much room things take is what lies there."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.jobs.test_gc import one_chunk, served, whole_run
from tests.store.made import make_experiment, make_registered, make_run, make_version, update_run
from trackline.blobs import BlobStore
from trackline.blobs.local import LocalStore
from trackline.db.database import Database
from trackline.db.transaction import Transaction
from trackline.domain.disk import DiskUsage, UsageWithin
from trackline.domain.entities import Metric, Param
from trackline.domain.retention import Retention
from trackline.jobs.disk import follow_disk, measure_disk
from trackline.store.disk import read_usage, read_usage_within
from trackline.store.logging import log_batch
from trackline.store.retention import set_retention
from trackline.store.runs import RunChange, delete_run, run_number
from trackline.store.thinning import thin_run

RUNS = ("a" * 32, "b" * 32)


def two_runs(tx: Transaction) -> None:
    make_experiment(tx, "empty")
    make_experiment(tx, "full")
    for uuid in RUNS:
        whole_run(tx, "2", uuid)


async def measured(database: Database, store: BlobStore) -> tuple[DiskUsage, UsageWithin]:
    await measure_disk(database, {"mlflow-artifacts:/": store})
    return await database.read(read_usage, 10), await database.read(read_usage_within, "2", 10)


def test_what_is_counted_is_what_lies_there(database: Database, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(two_runs)
        for path in (f"2/{RUNS[0]}/artifacts/a", f"2/{RUNS[0]}/artifacts/x/b", f"2/models/m-{RUNS[1]}/artifacts/c"):
            await store.put(path, one_chunk(), 1000)
        none = await database.read(read_usage, 10)
        first, within = await measured(database, store)

        await store.delete(f"2/{RUNS[0]}/artifacts/x")
        await database.write(delete_run, RUNS[0])
        second, _ = await measured(database, store)

        assert (none.measured, [one.artifact_bytes for one in none.experiments]) == (None, [0, 0])
        full, empty = first.experiments
        assert (full.name, full.runs, full.artifact_bytes, full.trash_bytes) == ("full", 2, 3000, 0)
        assert full.points_bytes == sum(run.points_bytes or 0 for run in within.runs) > 100
        assert full.metadata_bytes == sum(run.metadata_bytes or 0 for run in within.runs) > 100
        assert (empty.name, empty.runs, empty.metadata_bytes + empty.points_bytes) == ("empty", 0, 0)
        assert [(run.run_id, run.artifact_files, run.artifact_bytes) for run in within.runs] == [
            (RUNS[0], 2, 2000),
            (RUNS[1], None, None),
        ]
        assert (within.models[0].model_id, within.models[0].artifact_bytes) == (f"m-{RUNS[1]}", 1000)
        assert second.experiments[0].artifact_bytes == 2000
        assert second.experiments[0].trash_bytes > (within.runs[0].points_bytes or 0) + 1000

    asyncio.run(scenario())


def registered(tx: Transaction) -> None:
    make_registered(tx, "small")
    make_registered(tx, "large")
    make_registered(tx, "empty")
    make_version(tx, "small", run_id=RUNS[0], source=f"runs:/{RUNS[0]}/x")
    for _ in range(2):
        make_version(tx, "large", model_id=f"m-{RUNS[1]}", source=f"models:/m-{RUNS[1]}")
    make_version(tx, "large", run_id=RUNS[0], source=f"runs:/{RUNS[0]}/x")


def test_a_registered_model_takes_what_its_versions_come_from(database: Database, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(two_runs)
        await database.write(registered)
        for path in (f"2/{RUNS[0]}/artifacts/a", f"2/models/m-{RUNS[1]}/artifacts/c"):
            await store.put(path, one_chunk(), 1000)
        whole, _ = await measured(database, store)
        sizes = [(one.name, one.versions, one.artifact_bytes) for one in whole.registered_models]
        assert sizes == [("large", 3, 2000), ("small", 1, 1000), ("empty", 0, 0)]

    asyncio.run(scenario())


def test_what_lost_all_its_files_has_none(database: Database, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(two_runs)
        await store.put(f"2/{RUNS[0]}/artifacts/a", one_chunk(), 1000)
        await measured(database, store)
        await store.delete(f"2/{RUNS[0]}")
        _, within = await measured(database, store)
        assert {run.run_id: run.artifact_bytes for run in within.runs}[RUNS[0]] == 0

    asyncio.run(scenario())


def test_what_is_logged_after_it_was_measured_is_counted_without_listing_all(
    database: Database, tmp_path: Path
) -> None:
    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(two_runs)
        await follow_disk(database, served(store))
        never = await database.read(read_usage, 10)
        first, _ = await measured(database, store)

        await store.put(f"2/{RUNS[0]}/artifacts/a", one_chunk(), 1000)
        await store.put(f"2/models/m-{RUNS[1]}/artifacts/c", one_chunk(), 1000)
        await database.write(log_batch, RUNS[0], [Metric("new", 1.0, 1, 1)], [Param("new", "x" * 500)], [])
        await database.write(make_run, "1", "c" * 32)
        await follow_disk(database, served(store))
        second, within = await database.read(read_usage, 10), await database.read(read_usage_within, "2", 10)

        assert never.measured is None
        assert (first.measured or 0) <= (second.measured or 0)
        before, now = ({one.name: one for one in usage.experiments} for usage in (first, second))
        assert now["full"].artifact_bytes - before["full"].artifact_bytes == 2000
        assert now["full"].metadata_bytes - before["full"].metadata_bytes > 500
        assert now["full"].points_bytes > before["full"].points_bytes
        assert (before["empty"].runs, now["empty"].runs) == (0, 1)
        assert [(one.artifact_files, one.artifact_bytes) for one in within.runs] == [(1, 1000), (0, 0)]

    asyncio.run(scenario())


def ended_and_thinned(tx: Transaction) -> None:
    set_retention(tx, "2", Retention(thin_after_days=1, thin_to=10))
    update_run(tx, RUNS[0], RunChange("FINISHED", 2))
    assert thin_run(tx, 2, run_number(tx, RUNS[0]))
    tx.execute("UPDATE runs SET seen_ms = 0")  # nothing was logged since


def test_what_is_thinned_out_is_counted_no_more(database: Database, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(two_runs)
        first, _ = await measured(database, store)
        await database.write(ended_and_thinned)
        await follow_disk(database, served(store))
        second = await database.read(read_usage, 10)
        assert 0 < second.experiments[0].points_bytes < first.experiments[0].points_bytes

    asyncio.run(scenario())
