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
_OTHERS = re.compile(r"(mssql|sqlserver|oracle)(\+[a-z0-9_]+)?")
# A user's name and password end at the one @. Where they have one of their own, or a /, libpq takes the rest of the
# password for a host or a database, and would name it when it complains.
_PLACE = re.compile(r"//([^/@]*@)?[^@]*")
_HOST = re.compile(r"\[?(.*?)]?(?::(\d+))?")


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
    if colon and scheme == "sqlite":
        return _sqlite_file(uri, rest)
    if "=" in scheme:  # as libpq takes it, too, with a password in it perhaps
        known = "What has no scheme is no database address"
    else:
        known = f"{scheme}: is not supported" if colon else f"{uri!r} is no database address"
    brought = f" Import what is in that folder: trackline import {uri}" if _is_folder(uri) else ""
    raise DatabaseRefused(f"{known}; {_KNOWN}.", f"{_EXAMPLE} Or postgresql://USER:PASSWORD@HOST/DATABASE.{brought}")


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:
        return False  # a name that none can have


def is_mysql(uri: str) -> bool:
    """Of MySQL or MariaDB, whose databases are read (`db/mysql.py`), and not kept."""
    return _MYSQL.fullmatch(uri.partition(":")[0]) is not None


def unreadable() -> DatabaseRefused:
    """Of an address of PostgreSQL's; nothing of it is shown, since that may be a part of the password."""
    return DatabaseRefused(
        "The address of the PostgreSQL database cannot be read.",
        "Write postgresql://USER:PASSWORD@HOST:5432/DATABASE; in a password @ is written %40, / %2F, ? %3F and % %25.",
    )


def _refused(scheme: str, source: str) -> DatabaseRefused:
    return DatabaseRefused(
        f"{scheme}: is not supported; {_KNOWN}.", f"Import what it holds: trackline import {source}. {_EXAMPLE}"
    )


def _postgres_address(rest: str) -> PostgresAddress:
    """`rest` follows the scheme, of which libpq knows one way only, without the name of a driver."""
    place, _, query = rest.partition("?")
    if not _PLACE.fullmatch(place):
        raise unreadable()
    given = parse_qsl(query, keep_blank_values=True)
    kept = {name: value for name, value in given if name != "prepare_threshold"}
    hosts = [_HOST.fullmatch(value) for name, value in given if name == "host"]
    if len(hosts) > 1:  # as SQLAlchemy takes several, with their ports; libpq wants two lists
        kept["host"] = ",".join(host[1] for host in hosts if host)
        if any(host[2] for host in hosts if host):
            kept["port"] = ",".join(host[2] or kept.get("port", "5432") for host in hosts if host)
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
