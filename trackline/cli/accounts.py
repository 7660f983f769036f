"""What the commands about users share: work on the database itself, whether or not a server runs on it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from trackline.cli.options import server_settings

T = TypeVar("T")
Command = Callable[..., None]

FAILED, CANNOT_START = 1, 2  # exit codes


def on_database(command: Command) -> Command:
    """Adds --backend-store-uri, whose value the command passes to `done`."""
    return server_settings("backend_store_uri")(command)


def done(backend_store_uri: str, work: Callable[..., T], *args: Any) -> T:
    """What `work(transaction, *args)` returns, once it is durable. What stands in the way is said in one line."""
    from trackline.db.errors import DatabaseRefused, Unavailable
    from trackline.domain.errors import RequestError
    from trackline.server.metadata import metadata_at

    try:
        metadata = metadata_at(backend_store_uri)
        if metadata.file is not None:
            metadata.file.parent.mkdir(parents=True, exist_ok=True)
        database = metadata.open()
        try:
            return asyncio.run(database.write(work, *args))
        finally:
            database.close()
    except DatabaseRefused as error:
        give_up(f"{error.message} {error.hint}", CANNOT_START)
    except OSError as error:
        give_up(f"Cannot use {error.filename}: {error.strerror}.", CANNOT_START)
    except (RequestError, Unavailable) as error:
        give_up(str(error), FAILED)


def new_password(file: str | None) -> str:
    """From the file, `-` for what is piped in, or asked for twice. It is never an argument: all users see those.

    A line's end behind it does not count.
    """
    from trackline.domain.access import check_password
    from trackline.domain.errors import InvalidParameter

    try:
        if file == "-":
            password = sys.stdin.read().rstrip("\r\n")
        elif file:
            password = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        elif sys.stdin.isatty():
            password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        else:
            give_up("Nobody is here to ask: give the password with --password-file FILE, or - for stdin.", FAILED)
        check_password(password)
    except InvalidParameter as error:
        give_up(error.message, FAILED)
    except (OSError, UnicodeDecodeError) as error:
        give_up(f"Cannot read {file}: {error}.", FAILED)
    return str(password)


def hashed(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def day(milliseconds: int | None) -> str:
    """A time as people read it, to the minute, UTC; "-" for none."""
    from datetime import UTC, datetime

    return "-" if milliseconds is None else f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M}"


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Columns as wide as what is in them; the first row is their heads."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def give_up(message: str, code: int) -> NoReturn:
    click.echo(f"{click.get_current_context().command_path}: {message}", err=True)
    sys.exit(code)
