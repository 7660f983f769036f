"""What commands share that work on the database and the artifacts themselves, whether or not a server runs on them."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from trackline.blobs import BlobStore
    from trackline.db.database import Database

FAILED = 1  # exit codes
CANNOT_START = 2


@contextmanager
def existing_database(settings: ServerSettings, dry_run: bool) -> Iterator[Database]:
    """The database as it is, brought up to date unless nothing may be touched."""
    from trackline.db.errors import DatabaseRefused
    from trackline.server.metadata import metadata_at

    metadata = metadata_at(settings.backend_store_uri)
    if metadata.file is not None and not metadata.file.is_file():
        raise DatabaseRefused(f"There is no database {metadata.file}.", "Name the server's with --backend-store-uri.")
    database = metadata.open(as_it_is=dry_run)
    try:
        yield database
    finally:
        database.close()


def open_place(place: str, hurried: bool = False) -> BlobStore:
    from dataclasses import replace

    from trackline.blobs import open_blobs
    from trackline.server.opening import store_options

    return open_blobs(place, replace(store_options(), hurried=hurried))


def open_existing(place: str) -> BlobStore:
    """For reading: a folder that is not there is not made."""
    from trackline.jobs.relocate import open_source
    from trackline.server.opening import store_options

    return open_source(place, store_options())


@contextmanager
def explained(command: str, interrupted: str = "") -> Iterator[None]:
    """Whatever stands in the way of `trackline COMMAND` is said in one line."""
    from trackline.blobs.errors import BlobError, UnknownDestination, WrongOption
    from trackline.db.errors import DatabaseRefused, Unavailable
    from trackline.domain.errors import RequestError
    from trackline.jobs.relocate import Refused
    from trackline.server.opening import CannotStart

    def give_up(message: str, code: int) -> NoReturn:
        click.echo(f"trackline {command}: {message}", err=True)
        sys.exit(code)

    try:
        yield
    except (CannotStart, DatabaseRefused) as error:
        give_up(f"{error.message} {error.hint}", CANNOT_START)
    except (UnknownDestination, WrongOption) as error:
        give_up(error.message, CANNOT_START)
    except (BlobError, Refused) as error:
        give_up(error.message, FAILED)
    except (RequestError, Unavailable) as error:
        give_up(str(error), FAILED)
    except sqlite3.OperationalError as error:
        give_up(f"The database is of an older version ({error}); start the server once.", CANNOT_START)
    except OSError as error:
        give_up(f"Cannot use {error.filename}: {error.strerror}.", CANNOT_START)
    except KeyboardInterrupt:
        give_up(f"Interrupted.{interrupted}", FAILED)


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
