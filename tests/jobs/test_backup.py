"""Backups of each kind of database come back in either kind, with the artifacts."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Engine
from tests.jobs.test_gc import whole_run
from tests.store.made import make_experiment, make_registered, make_run, make_version, text_of_all_tables
from trackline.blobs import BlobStore
from trackline.blobs.errors import NoSuchBlob
from trackline.blobs.local import LocalStore
from trackline.db.errors import DatabaseRefused
from trackline.db.transaction import Transaction
from trackline.jobs.backup import BackupRefused, Manifest, Source, back_up, chosen, finished, prune, restore, verify
from trackline.server.metadata import Metadata, metadata_at
from trackline.store.experiments import delete_experiment

PROXIED = "mlflow-artifacts:/"


@pytest.fixture
def new_metadata(sqlite_engine: Engine, request: pytest.FixtureRequest) -> Iterator[dict[str, Metadata]]:
    """An address of each kind at which nothing is yet."""
    with ExitStack() as stack:
        engines = {"sqlite": sqlite_engine, "postgres": request.getfixturevalue("postgres_engine")}
        yield {kind: metadata_at(stack.enter_context(engine.uri())) for kind, engine in engines.items()}


@pytest.fixture
def filled(engine: Engine) -> Iterator[Metadata]:
    with engine.uri() as uri:
        metadata = metadata_at(uri)
        written(metadata, fill)
        yield metadata


def fill(tx: Transaction) -> None:
    for name in ("one", "gone", "two"):
        make_experiment(tx, name)
    whole_run(tx, "1", "run-ü")
    make_registered(tx, "m")
    make_version(tx, "m", run_id="run-ü", source="runs:/run-ü/model")
    delete_experiment(tx, "3", force=True)
    tx.execute("DELETE FROM experiments WHERE id = 3")


def written(metadata: Metadata, work: Callable[..., Any], *args: Any) -> Any:
    with closing(metadata.open()) as database:
        return asyncio.run(database.write(work, *args))


def contents(metadata: Metadata) -> list[tuple[object, ...]]:
    rows = written(metadata, text_of_all_tables)
    return [row for row in rows if row[0] not in ("sqlite_sequence", "schema_migrations")]


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def put(store: BlobStore, **files: bytes) -> None:
    for path, content in files.items():
        await store.put(f"1/{path}", chunks(content), len(content))


async def everything(store: BlobStore, folder: str = "") -> dict[str, bytes]:
    found = {}
    async for entry in store.walk(folder):
        blob = await store.get("/".join(part for part in (folder, entry.name) if part))
        found[entry.name] = b"".join([chunk async for chunk in blob.chunks])
        await blob.chunks.aclose()
    return found


def no_load(_: Path) -> None:
    pass


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_comes_back_is_what_was_there_in_either_kind_of_database(
    filled: Metadata, new_metadata: dict[str, Metadata], kind: str, tmp_path: Path
) -> None:
    place, target = LocalStore(tmp_path / "backups"), new_metadata[kind]
    manifest = asyncio.run(back_up(Source(filled.shown, filled.save, None), place))
    asyncio.run(restore(manifest, place, target.load, {}, lambda _, __: None))

    assert contents(target) == contents(filled)
    assert manifest.tables["runs"] == 1 and manifest.tables["metric_blocks"] > 0
    assert written(target, make_experiment, "new") == "4"  # numbers are not given twice
    with pytest.raises(DatabaseRefused, match=r"not empty|exists already"):
        target.load(tmp_path / "unused") if kind == "sqlite" else asyncio.run(
            restore(manifest, place, target.load, {}, lambda _, __: None)
        )


def test_a_backup_is_of_one_moment_while_others_write(filled: Metadata, tmp_path: Path) -> None:
    numbers = itertools.count()

    def pair(tx: Transaction) -> None:
        name = f"pair {next(numbers)}"
        make_run(tx, make_experiment(tx, name), name)

    async def scenario() -> list[Manifest]:
        with closing(filled.open()) as database:

            async def write_on() -> None:
                while True:
                    await database.write(pair)

            writers = [asyncio.create_task(write_on()) for _ in range(4)]
            made = []
            for n in range(3):
                place = LocalStore(tmp_path / f"backups {n}")
                made.append(await back_up(Source("", filled.save, None), place))
                assert await verify(made[-1], place, no_load, lambda _, __: None) == []
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)
            return made

    made = asyncio.run(scenario())
    assert [one.tables["experiments"] - one.tables["runs"] for one in made] == [1] * 3
    assert made[0].tables["runs"] <= made[1].tables["runs"] <= made[2].tables["runs"]


@pytest.fixture
def saved(database_file: Path) -> Metadata:
    return metadata_at(f"sqlite:///{database_file}")


def test_only_new_artifacts_are_copied_and_each_backup_has_its_own(
    saved: Metadata, blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[int] = []

    def count(things: str, number: int) -> None:
        if things == "bytes copied":
            copied.append(number)

    async def scenario() -> None:
        artifacts = LocalStore(tmp_path / "served")
        source = Source("", saved.save, {PROXIED: artifacts})
        await put(artifacts, same=b"1" * 10, changing=b"2" * 20, going=b"3" * 30)
        first = await back_up(source, blobs, count)
        await put(artifacts, changing=b"4" * 40)
        await artifacts.delete("1/going")
        await asyncio.sleep(1.1)  # backups are called by the second
        second = await back_up(source, blobs, count)
        assert sorted(copied) == [10, 20, 30, 40]
        assert ((first.files, first.bytes), (second.files, second.bytes)) == ((3, 60), (2, 50))

        for manifest, expected in ((first, {"1/same", "1/changing", "1/going"}), (second, {"1/same", "1/changing"})):
            target = LocalStore(tmp_path / manifest.name)
            await restore(manifest, blobs, no_load, {PROXIED: target}, count)
            assert (await everything(target)).keys() == expected
            assert await verify(manifest, blobs, no_load, count) == []
        with pytest.raises(BackupRefused, match="something already"):
            await restore(second, blobs, no_load, {PROXIED: LocalStore(tmp_path / first.name)}, count)
        with pytest.raises(BackupRefused, match="do not serve"):
            await restore(second, blobs, no_load, {}, count)

        monkeypatch.setattr("trackline.jobs.backup.make.YOUNG_MS", -86_400_000)
        assert await prune(blobs, 1) == [first.name]
        assert [one.name for one in await finished(blobs)] == [second.name]
        assert len(await everything(blobs, "artifacts")) == 2
        assert await verify(second, blobs, no_load, count) == []

    asyncio.run(scenario())


def test_damage_is_found(saved: Metadata, tmp_path: Path) -> None:
    async def scenario() -> None:
        artifacts, place = LocalStore(tmp_path / "served"), LocalStore(tmp_path / "backups")
        await put(artifacts, a=b"content", b=b"other")
        manifest = await back_up(Source("", saved.save, {PROXIED: artifacts}), place)
        kept = sorted((tmp_path / "backups" / "artifacts").rglob("*/*"))
        kept[0].write_bytes(b"konnent" if kept[0].read_bytes() == b"content" else b"ohter")
        kept[1].unlink()
        assert len(await verify(manifest, place, no_load, lambda _, __: None)) == 2

        database = tmp_path / "backups" / manifest.name / "metadata.db"
        database.write_bytes(database.read_bytes()[:-1] + b"x")
        (problem,) = await verify(manifest, place, no_load, lambda _, __: None)
        assert "metadata.db' in the backup is damaged" in problem
        with pytest.raises(BackupRefused, match="is damaged"):
            await restore(manifest, place, no_load, {}, lambda _, __: None)

    asyncio.run(scenario())


def test_a_backup_that_was_not_finished_is_none(saved: Metadata, tmp_path: Path) -> None:
    async def scenario() -> None:
        place = LocalStore(tmp_path / "backups")
        with pytest.raises(BackupRefused, match="There are: none"):
            await chosen(place, None)
        manifest = await back_up(Source("", saved.save, None), place)
        await place.delete(f"{manifest.name}/manifest.json")
        with pytest.raises(BackupRefused, match=f"no backup {manifest.name} there"):
            await chosen(place, manifest.name)
        with pytest.raises(NoSuchBlob):
            await place.stat(f"{manifest.name}/manifest.json")

    asyncio.run(scenario())
