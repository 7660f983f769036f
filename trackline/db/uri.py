"""What people write as the address of a database, and what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

from trackline.db.errors import DatabaseRefused

_EXAMPLE = "Write --backend-store-uri sqlite:///trackline.db (current folder) or sqlite:////var/lib/trackline.db."
_KNOWN = "Trackline keeps its data in SQLite or PostgreSQL"
_POSTGRES = re.compile(r"postgres(ql)?(\+[a-z0-9_]+)?")
_MYSQL = re.compile(r"(mysql|mariadb)(\+[a-z0-9_]+)?")
_OTHERS = re.compile(r"(mssql|oracle)(\+[a-z0-9_]+)?")


class SqliteFile(NamedTuple):
    """The file, absolute; `warning` says where it is probably not the one that was meant."""

    path: Path
    warning: str | None


@dataclass(frozen=True)
class PostgresAddress:
    """`uri` as libpq reads it, with the password in it if one was given; not `prepares`: there is a pooler between."""

    uri: str = field(repr=False)
    prepares: bool


Address: TypeAlias = SqliteFile | PostgresAddress


def database_address(uri: str) -> Address:
    """Raises DatabaseRefused for what is no address of a database, or of one that is not supported."""
    scheme, colon, rest = uri.partition(":")
    if _POSTGRES.fullmatch(scheme):
        return _postgres_address(rest)
    if is_mysql(uri):
        raise _refused(scheme, f"{scheme}://USER:PASSWORD@HOST/DATABASE")
    if _OTHERS.fullmatch(scheme):
        raise _refused(scheme, "http://HOST:5000, the MLflow server that runs on it")
    if not colon or scheme != "sqlite":
        known = f"{scheme}: is not supported" if colon else f"{uri!r} is no database address"
        brought = f" Import what is in that folder: trackline import {uri}" if _is_folder(uri) else ""
        raise DatabaseRefused(
            f"{known}; {_KNOWN}.", f"{_EXAMPLE} Or postgresql://USER:PASSWORD@HOST/DATABASE.{brought}"
        )
    return _sqlite_file(uri, rest)


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:
        return False  # a name that none can have


def is_mysql(uri: str) -> bool:
    """Of MySQL or MariaDB, whose databases are read (`db/mysql.py`), and not kept."""
    return _MYSQL.fullmatch(uri.partition(":")[0]) is not None


def _refused(scheme: str, source: str) -> DatabaseRefused:
    return DatabaseRefused(
        f"{scheme}: is not supported; {_KNOWN}.", f"Import what it holds: trackline import {source}. {_EXAMPLE}"
    )


def _postgres_address(rest: str) -> PostgresAddress:
    """`rest` follows the scheme, of which libpq knows one way only, without the name of a driver."""
    place, _, query = rest.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    hosts = [value for name, value in given if name == "host"]
    kept = [(name, value) for name, value in given if name not in ("host", "prepare_threshold")]
    if len(hosts) > 1:  # as SQLAlchemy takes several, with their ports; libpq wants two lists
        pairs = [host.rpartition(":") if ":" in host else (host, "", "5432") for host in hosts]
        kept += [("host", ",".join(host for host, _, _ in pairs)), ("port", ",".join(port for _, _, port in pairs))]
    else:
        kept += [("host", host) for host in hosts]
    query = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
    return PostgresAddress(f"postgresql:{place}{query}", prepares=dict(given).get("prepare_threshold") != "0")


def _sqlite_file(uri: str, rest: str) -> SqliteFile:
    name = rest.removeprefix("///").partition("?")[0]
    if not rest.startswith("///") or name in ("", ":memory:"):
        raise DatabaseRefused(f"{uri} names no file.", _EXAMPLE)
    given = Path(re.sub("^/+", "/", name))  # five slashes come of sqlite:////$PWD/…; to SQLite two name a host
    try:
        path = given.expanduser().absolute()
        first = given.parts[0] if given.parts else ""
        is_slip = not given.is_absolute() and Path("/", first).is_dir() and not Path(first).exists()
    except (OSError, RuntimeError) as error:
        raise DatabaseRefused(f"{uri} is no address of a file: {error}.", _EXAMPLE) from None
    if not is_slip:
        return SqliteFile(path, None)
    meant = f"If you meant {Path('/', given)}, write sqlite:////{given}."
    return SqliteFile(path, f"{uri} has three slashes, so it means {path}. {meant}")
