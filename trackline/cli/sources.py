"""What people name as the place to import from, or to export."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tarfile import is_tarfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trackline.jobs.importers.source import Source, UnusableSource

if TYPE_CHECKING:
    from trackline.blobs import BlobStore
    from trackline.jobs.importers.artifacts import Opener
    from trackline.jobs.importers.trackline_database import TracklineDatabase
    from trackline.settings import ServerSettings

_KNOWN = (
    "Name a database of MLflow or Trackline (sqlite:////path/mlflow.db, postgresql://…, mysql://…), an mlruns folder, "
    "an archive or a server (http://…)."
)


@contextmanager
def opened_source(given: str, files: bool = False) -> Iterator[Source]:
    """With the `files` of an archive, or without. Raises UnusableSource and DatabaseRefused."""
    source = _open(given, files)
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
            raise UnusableSource(f"{source.shown} is no database of Trackline's.", "Name one with --backend-store-uri.")
        yield source


def _open(given: str, files: bool) -> Source:
    from trackline.db.mysql import MysqlReading
    from trackline.db.uri import is_mysql
    from trackline.jobs.importers.mlflow_database import MlflowDatabase
    from trackline.jobs.importers.mlruns import Mlruns
    from trackline.jobs.importers.trackline_database import TracklineDatabase
    from trackline.server.metadata import metadata_at

    if re.match(r"https?:", given):
        return _server(given)
    if not re.match(r"[a-z0-9+]{2,}:", given):
        if Path(given).is_dir():
            return Mlruns(Path(given).absolute())
        if not Path(given).is_file():
            raise UnusableSource(f"There is no file or folder {given}.", _KNOWN)
        if is_tarfile(given):
            return _archive(Path(given), files)
        given = f"sqlite:///{Path(given).absolute()}"
    if is_mysql(given):
        theirs = MysqlReading(given)
        with _undone_if_refused(theirs.close):
            return MlflowDatabase(theirs, theirs.shown)
    metadata = metadata_at(given)
    reading = metadata.reading()
    with _undone_if_refused(reading.close):
        if "schema_migrations" in reading.columns():
            return TracklineDatabase(reading, metadata.shown)
        return MlflowDatabase(reading, metadata.shown)


def _archive(file: Path, files: bool) -> Source:
    from trackline.cli.progress import shown_counts
    from trackline.db.reading import SqliteReading
    from trackline.jobs.importers.archive import ArchivedTracker, unpack

    folder = TemporaryDirectory(prefix="trackline-import-")
    with _undone_if_refused(folder.cleanup):
        with shown_counts() as advance:
            unpacked = unpack(file, Path(folder.name), files, advance)
        return ArchivedTracker(SqliteReading(unpacked.metadata), str(file), unpacked.artifacts, folder.cleanup)


def _server(url: str) -> Source:
    from trackline.cli.tracker import http_client
    from trackline.jobs.importers.rest_server import RestServer

    http = http_client(url)
    with _undone_if_refused(http.close):
        return RestServer(http)


@contextmanager
def _undone_if_refused(undo: Callable[[], None]) -> Iterator[None]:
    """What a source would have owned and closed is closed where there will be no source."""
    try:
        yield
    except BaseException:
        undo()
        raise


def opener(proxied: str | None) -> Opener:
    """Opens where a source says that files are. `proxied`: the place that it means by mlflow-artifacts:/."""
    from trackline.blobs.below import Below
    from trackline.domain.artifact_paths import proxied_path
    from trackline.jobs.relocate import open_source
    from trackline.server.opening import store_options
    from trackline.store.artifact_locations import folder_of

    opened = cache(lambda place: open_source(place, store_options()))

    def open_there(uri: str) -> BlobStore | None:
        path = proxied_path(uri)
        if path is not None:
            return None if proxied is None else Below(opened(proxied), path)
        folder = folder_of(uri)
        if folder is not None:
            return open_source(folder, store_options()) if Path(folder).is_dir() else None
        parts = urlsplit(uri)
        return Below(opened(f"{parts.scheme}://{parts.netloc}"), parts.path.strip("/"))

    return open_there


def new_places(settings: ServerSettings) -> Callable[[str], BlobStore]:
    """Opens where this server has files."""
    from trackline.blobs.below import Below
    from trackline.server.opening import open_places

    places = open_places(settings)

    def open_here(uri: str) -> BlobStore:
        place = places.of(uri)
        return Below(place.store, place.path)

    return open_here
