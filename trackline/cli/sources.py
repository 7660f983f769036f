"""What people name as the place to import from, or to export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trackline.jobs.importers.source import Source, UnusableSource

if TYPE_CHECKING:
    from trackline.jobs.importers.trackline_database import TracklineDatabase

_KNOWN = "Name an MLflow database (sqlite:////path/mlflow.db, postgresql://…) or a Trackline database."


@contextmanager
def opened_source(given: str) -> Iterator[Source]:
    """Raises UnusableSource and DatabaseRefused."""
    source = _open(given)
    try:
        yield source
    finally:
        source.close()


@contextmanager
def opened_trackline(uri: str) -> Iterator[TracklineDatabase]:
    """A database of Trackline's, to be read. Raises UnusableSource and DatabaseRefused."""
    from trackline.jobs.importers.trackline_database import TracklineDatabase

    with opened_source(uri) as source:
        if not isinstance(source, TracklineDatabase):
            raise UnusableSource(f"{source.shown} is no database of Trackline's.", "Name the server's with --from.")
        yield source


def _open(given: str) -> Source:
    from trackline.jobs.importers.mlflow_database import MlflowDatabase
    from trackline.jobs.importers.trackline_database import TracklineDatabase
    from trackline.server.metadata import metadata_at

    if re.match(r"https?:", given):
        raise UnusableSource(f"{given} is a server.", _KNOWN)
    if not re.match(r"[a-z0-9+]{2,}:", given):
        if not Path(given).is_file():
            raise UnusableSource(f"There is no file {given}.", _KNOWN)
        given = f"sqlite:///{Path(given).absolute()}"
    metadata = metadata_at(given)
    reading = metadata.reading()
    try:
        if "schema_migrations" in reading.columns():
            return TracklineDatabase(reading, metadata.shown)
        return MlflowDatabase(reading, metadata.shown)
    except BaseException:
        reading.close()
        raise
