"""A folder of Parquet files, for DuckDB, Polars and their like: a file for each table, a row group at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from trackline.domain.entities import Experiment
from trackline.domain.moving import MovingPoints, MovingRun
from trackline.jobs.exporters.new_file import new_folder
from trackline.jobs.importers.importing import Watcher
from trackline.jobs.importers.source import Source

_TIME = pa.timestamp("ms", tz="UTC")
_VALUES = pa.schema([("run_id", pa.string()), ("key", pa.string()), ("value", pa.string())])
SCHEMAS = {
    "runs": pa.schema(
        [
            ("run_id", pa.string()),
            ("experiment_id", pa.string()),
            ("experiment", pa.string()),
            ("name", pa.string()),
            ("user", pa.string()),
            ("status", pa.string()),
            ("lifecycle", pa.string()),
            ("start_time", _TIME),
            ("end_time", _TIME),
            ("artifact_uri", pa.string()),
        ]
    ),
    "params": _VALUES,
    "tags": _VALUES,
    "metrics": pa.schema(
        [
            ("run_id", pa.dictionary(pa.int32(), pa.string())),
            ("key", pa.dictionary(pa.int32(), pa.string())),
            ("step", pa.int64()),
            ("timestamp", _TIME),
            ("value", pa.float64()),
        ]
    ),
}
_POINTS_AT_ONCE = 131_072  # in one row group


def export_to_parquet(source: Source, experiments: list[Experiment], path: Path, watcher: Watcher) -> dict[str, int]:
    """The rows of each table. Raises AlreadyThere where there is something at `path`."""
    names = {one.experiment_id: one.name for one in experiments}
    watcher.begin("Exporting", source.amounts([*names]))
    with new_folder(path) as unfinished, _tables(unfinished) as tables:
        for runs in source.runs([*names]):
            tables.write_runs(runs, names)
            for one in runs:
                watcher.advance(1, tables.write_points(source.points(one.run.info.run_id)))
        tables.write_collected()
    return tables.rows


class _Tables:
    def __init__(self, writers: dict[str, ParquetWriter]) -> None:
        self._writers = writers
        self._points: list[pa.Table] = []  # not written yet
        self.rows = dict.fromkeys(writers, 0)

    def write_runs(self, runs: list[MovingRun], experiments: dict[str, str]) -> None:
        self._write_rows("runs", [_run(one, experiments) for one in runs])
        for table in ("params", "tags"):
            values = [(one.run.info.run_id, each) for one in runs for each in getattr(one.run.data, table)]
            self._write_rows(table, [(run_id, each.key, each.value) for run_id, each in values])

    def write_points(self, parts: Iterator[MovingPoints]) -> int:
        """Returns how many they were."""
        count = 0
        for part in parts:
            count += len(part.points.keys)
            self._points.append(_columns(part))
            if sum(len(each) for each in self._points) >= _POINTS_AT_ONCE:
                self.write_collected()
        return count

    def write_collected(self) -> None:
        if self._points:
            self._write("metrics", pa.concat_tables(self._points).unify_dictionaries())
            self._points = []

    def _write_rows(self, name: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self._write(name, pa.table([*zip(*rows, strict=True)], schema=SCHEMAS[name]))

    def _write(self, name: str, table: pa.Table) -> None:
        self._writers[name].write_table(table)
        self.rows[name] += len(table)


@contextmanager
def _tables(folder: Path) -> Iterator[_Tables]:
    with ExitStack() as stack:
        yield _Tables(
            {
                name: stack.enter_context(ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd"))
                for name, schema in SCHEMAS.items()
            }
        )


def _run(one: MovingRun, experiments: dict[str, str]) -> tuple[Any, ...]:
    info = one.run.info
    of = (info.run_id, info.experiment_id, experiments[info.experiment_id], info.run_name, info.user_id)
    return (*of, info.status, info.lifecycle_stage, info.start_time, info.end_time, info.artifact_uri)


def _columns(part: MovingPoints) -> pa.Table:
    steps, timestamps, values = part.points.series
    run = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), len(steps)), [part.run_id])
    key = pa.DictionaryArray.from_arrays(part.points.keys.astype("int32"), list(part.names))
    return pa.table([run, key, steps, pa.array(timestamps).cast(_TIME), values], schema=SCHEMAS["metrics"])
