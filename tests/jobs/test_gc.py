"""The trash is emptied for good: rows, files, and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.made import make_experiment, make_model, make_registered, make_run, make_version, text_of_all_tables
from tests.store.metric_runs import log_points
from trackline.blobs import BlobStore
from trackline.blobs.errors import StoreFailed
from trackline.blobs.local import LocalStore
from trackline.db.database import Database
from trackline.db.sqlite import SqliteDatabase
from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import proxied_path
from trackline.domain.entities import Dataset, DatasetInput, Metric, ModelOutput, Param, Tag
from trackline.domain.errors import NotFound
from trackline.jobs.gc import Collector, Places
from trackline.jobs.orphans import find_orphans, remove_orphans
from trackline.store.datasets import log_inputs, log_outputs
from trackline.store.experiments import create_experiment, delete_experiment
from trackline.store.logged_models import delete_logged_model
from trackline.store.logging import log_batch
from trackline.store.runs import delete_run, read_info, restore_run, run_number
from trackline.store.trash import Wanted

EVER = Wanted(2**60)
SIZE = 1000


async def one_chunk() -> AsyncIterator[bytes]:
    yield bytes(SIZE)


def served(store: BlobStore) -> Places:
    def find(uri: str) -> tuple[BlobStore, str] | None:
        path = proxied_path(uri)
        return None if path is None else (store, path)

    return find


def whole_run(tx: Transaction, experiment: str, uuid: str) -> int:
    """A run with something in every table that can name it."""
    make_run(tx, experiment, uuid, [Tag("colour", "blue")])
    number = run_number(tx, uuid)
    make_model(tx, experiment, f"m-{uuid}")
    log_points(tx, number, [Metric("loss", float(step), step, step) for step in range(300)])
    log_batch(tx, uuid, [Metric("loss", 1.0, 999, 999, f"m-{uuid}")], [Param("lr", "1")], [])
    log_inputs(tx, uuid, [DatasetInput(Dataset(f"data of {uuid}", "d", "s", "s"), [Tag("context", "c")])], [])
    log_outputs(tx, uuid, [ModelOutput(f"m-{uuid}", 0)])
    return number


async def names(store: BlobStore) -> list[str]:
    return sorted([entry.name async for entry in store.walk("")])


def test_nothing_is_left_of_a_run_and_nothing_of_others_is_gone(database: Database, blobs: BlobStore) -> None:
    async def scenario() -> None:
        await database.write(make_experiment, "e")
        await database.write(whole_run, "1", "stays")
        before = await database.read(text_of_all_tables)
        await database.write(whole_run, "1", "goes")
        for path in ("1/goes/artifacts/a.txt", "1/goes/artifacts/deep/b.txt", "1/stays/artifacts/a.txt"):
            await blobs.put(path, one_chunk(), SIZE)
        await blobs.put("1/models/m-goes/artifacts/MLmodel", one_chunk(), SIZE)
        await database.write(delete_run, "goes")
        await database.write(delete_logged_model, "m-goes")

        planned = await Collector(database, served(blobs)).look(EVER)
        done = await Collector(database, served(blobs)).empty(EVER)

        assert (done.runs, done.models, done.files, done.bytes) == (1, 1, 3, 3 * SIZE)
        assert (planned.runs, planned.models, planned.files, planned.bytes) == (1, 1, 3, 3 * SIZE)
        assert planned.points_bytes > 100
        assert await database.read(text_of_all_tables) == before
        assert await names(blobs) == ["1/stays/artifacts/a.txt"]

    asyncio.run(scenario())


def many_deleted(tx: Transaction, count: int) -> None:
    experiment = make_experiment(tx, "many")
    for n in range(count):
        make_run(tx, experiment, f"run-{n}")
        delete_run(tx, f"run-{n}")
    make_run(tx, experiment, "lives")


def test_a_thousand_and_more_go_and_what_is_too_young_stays(database: Database, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(many_deleted, 1100)
        none = await Collector(database, served(store)).empty(Wanted(1))
        all_of_them = await Collector(database, served(store)).empty(EVER)
        assert (none.runs, all_of_them.runs) == (0, 1100)
        assert await database.read(lambda tx: tx.rows("SELECT uuid FROM runs")) == [("lives",)]

    asyncio.run(scenario())


def test_an_experiment_goes_with_all_that_it_holds_and_the_default_one_never(
    database: Database, tmp_path: Path
) -> None:
    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        before = [row for row in await database.read(text_of_all_tables) if row[0] != "sqlite_sequence"]
        await database.write(make_experiment, "e")
        await database.write(whole_run, "1", "goes")
        await database.write(delete_experiment, "1")
        done = await Collector(database, served(store)).empty(EVER)
        assert (done.runs, done.models, done.experiments) == (1, 1, 1)
        assert [row for row in await database.read(text_of_all_tables) if row[0] != "sqlite_sequence"] == before

    asyncio.run(scenario())


def test_what_is_restored_at_the_same_moment_is_whole_or_gone(database: Database, tmp_path: Path) -> None:
    async def restored(uuid: str) -> bool:
        try:
            await database.write(restore_run, uuid)
        except NotFound:
            return False
        return True

    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(many_deleted, 150)
        uuids = [f"run-{n}" for n in range(150)]
        for uuid in uuids:
            await store.put(f"1/{uuid}/artifacts/a", one_chunk(), SIZE)
        emptying = asyncio.create_task(Collector(database, served(store)).empty(EVER))
        living = {uuid for uuid in reversed(uuids) if await restored(uuid)}
        await emptying
        left = {uuid for (uuid,) in await database.read(lambda tx: tx.rows("SELECT uuid FROM runs"))} - {"lives"}
        assert left == living == {name.split("/")[1] for name in await names(store)}

    asyncio.run(scenario())


def test_two_servers_empty_it_together(database: Database, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(many_deleted, 200)
        for n in range(0, 200, 10):
            await store.put(f"1/run-{n}/artifacts/a", one_chunk(), SIZE)
        done = await asyncio.gather(*(Collector(database, served(store)).empty(EVER) for _ in range(2)))
        assert sum(one.runs for one in done) == 200
        assert await names(store) == []

    asyncio.run(scenario())


def test_what_versions_are_made_of_stays_until_they_are_deleted(database: Database, tmp_path: Path) -> None:
    def made(tx: Transaction) -> None:
        make_experiment(tx, "e")
        for uuid in ("by-run", "by-place", "around", "free"):
            make_run(tx, "1", uuid)
        make_registered(tx, "m")
        make_version(tx, "m", run_id="by-run", source="runs:/by-run/model")
        make_version(tx, "m", source="mlflow-artifacts:/1/by-place/artifacts/model")
        create_experiment(tx, "inside", "mlflow-artifacts:/1/around/artifacts/x", [], "")
        for uuid in ("by-run", "by-place", "around", "free"):
            delete_run(tx, uuid, force=True)

    async def scenario() -> None:
        await database.write(made)
        done = await Collector(database, served(LocalStore(tmp_path / "artifacts"))).empty(EVER)
        assert (done.runs, sorted(done.kept)) == (1, ["run around", "run by-place", "run by-run"])
        assert (await database.read(read_info, "by-run")).run_id == "by-run"

    asyncio.run(scenario())


def test_files_that_cannot_be_removed_now_are_removed_the_next_time(database: Database, tmp_path: Path) -> None:
    class Failing(LocalStore):
        async def delete(self, path: str) -> None:
            raise StoreFailed(f"no {path}")

    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(many_deleted, 3)
        await store.put("1/run-1/artifacts/a", one_chunk(), SIZE)
        with pytest.raises(StoreFailed):
            await Collector(database, served(Failing(tmp_path / "artifacts"))).empty(EVER)
        elsewhere = await Collector(database, lambda _: None).empty(EVER)
        assert len(elsewhere.elsewhere) == 3
        assert (await Collector(database, served(store)).empty(EVER)).bytes == SIZE
        assert await names(store) == []
        assert await database.read(lambda tx: tx.rows("SELECT * FROM doomed_folders")) == []

    asyncio.run(scenario())


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.jobs.test_gc import EVER, served
from trackline.blobs.local import LocalStore
from trackline.db.sqlite import SqliteDatabase
from trackline.jobs.gc import Collector

class Killing(LocalStore):
    deleted = 0
    async def delete(self, path):
        await super().delete(path)
        Killing.deleted += 1
        if Killing.deleted == 3:
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(Collector(SqliteDatabase(Path(sys.argv[1])), served(Killing(Path(sys.argv[2])))).empty(EVER))
"""


def test_killed_on_the_way_it_goes_on_where_it_was(database_file: Path, tmp_path: Path) -> None:
    async def fill(database: Database, store: LocalStore) -> None:
        await database.write(many_deleted, 60)
        for n in range(60):
            await store.put(f"1/run-{n}/artifacts/a", one_chunk(), SIZE)

    async def finish(database: Database, store: LocalStore) -> Any:
        done = await Collector(database, served(store)).empty(EVER)
        return done.runs, await names(store), await database.read(lambda tx: tx.rows("SELECT uuid FROM runs"))

    file, folder = database_file, tmp_path / "artifacts"
    database, store = SqliteDatabase(file), LocalStore(folder)
    asyncio.run(fill(database, store))
    database.close()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(file), str(folder)], env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    database = SqliteDatabase(file)
    left = asyncio.run(finish(database, store))
    database.close()

    assert left == (10, [], [("lives",)])  # the first 50 had lost their rows already


def test_folders_and_rows_of_nobody_are_found_and_removed(database: Database, tmp_path: Path) -> None:
    known, unknown, young = "a" * 32, "b" * 32, "c" * 32

    async def scenario() -> None:
        store = LocalStore(tmp_path / "artifacts")
        await database.write(make_experiment, "e")
        await database.write(make_run, "1", known)
        for folder in (f"1/{known}", f"1/{unknown}", f"1/models/m-{unknown}", f"1/traces/{unknown}", f"7/{young}"):
            await store.put(f"{folder}/artifacts/a", one_chunk(), SIZE)
        for file in (tmp_path / "artifacts").rglob("a"):
            if young not in str(file):
                os.utime(file, (1, 1))
        await database.write(log_inputs, known, [DatasetInput(Dataset("d", "1", "s", "s"), [])], [])
        await database.write(lambda tx: tx.execute("DELETE FROM dataset_inputs"))

        stores = {"mlflow-artifacts:/": store}
        found = await find_orphans(database, stores)
        assert [(one.uri, one.files, one.bytes) for one in found.folders] == [
            (f"mlflow-artifacts:/1/{unknown}", 1, SIZE),
            (f"mlflow-artifacts:/1/models/m-{unknown}", 1, SIZE),
        ]
        assert [(what, rows.number) for what, rows in found.rows.items()] == [("datasets that no run reads", 1)]

        await remove_orphans(database, stores, found)
        assert await find_orphans(database, stores) == ([], {})
        assert len(await names(store)) == 3

    asyncio.run(scenario())
