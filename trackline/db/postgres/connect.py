"""Connections to PostgreSQL as this program needs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Dumper, PyFormat
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.array import ListDumper
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import StrDumper

from trackline.db.database import READ_SECONDS
from trackline.db.errors import DatabaseRefused
from trackline.db.postgres.pipe import Pipe
from trackline.db.uri import PostgresAddress

CONNECT_SECONDS = 2  # for each host
# What the address may say otherwise. A dead peer is noticed within 15 s even where nothing is sent.
_PARAMETERS = {
    "application_name": "trackline",
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
}
# So that no request hangs, and none that hangs holds up others. Set, not given as `options`: poolers refuse those.
_LIMITS = f"""
SET statement_timeout = '{READ_SECONDS}s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s';
SET client_min_messages = 'warning'
"""

_BIGINTS, _TEXTS = 1016, 1009  # the types of lists of them


class _NumbersDumper(Dumper):
    oid = _BIGINTS

    def dump(self, obj: list[int]) -> bytes:
        return f"{{{','.join(map(str, obj))}}}".encode()


class _TextsDumper(Dumper):
    oid = _TEXTS

    def __init__(self, cls: type, context: AdaptContext | None = None) -> None:
        super().__init__(cls, context)
        self._dump_text = StrDumper(str, context).dump

    def dump(self, obj: list[str]) -> Buffer | None:
        joined = '","'.join(obj)
        if "\\" in joined or joined.count('"') > 2 * (len(obj) - 1):
            joined = '","'.join(text.replace("\\", "\\\\").replace('"', '\\"') for text in obj)
        return self._dump_text(f'{{"{joined}"}}')


class _ListDumper(ListDumper):
    """psycopg looks at each element three times, and sends numbers as small as the largest one is."""

    def get_key(self, obj: list[Any], format: PyFormat) -> Any:  # noqa: A002 its name
        return _dumper_of(obj) or super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> Any:  # noqa: A002
        dumper = _dumper_of(obj)
        return dumper(list, self._tx) if dumper else super().upgrade(obj, format)


def _dumper_of(given: list[Any]) -> type[Dumper] | None:
    kinds = set(map(type, given))
    if kinds == {str}:
        return _TextsDumper
    if kinds == {int} and min(given) >= -(2**63) and max(given) < 2**63:
        return _NumbersDumper
    return None


# Integers are always sent as bigint. By size, as psycopg does, each statement would be prepared several times.
_ADAPTERS = AdaptersMap(psycopg.adapters)
_ADAPTERS.register_dumper(int, Int8BinaryDumper)
_ADAPTERS.register_dumper(bool, Int8BinaryDumper)  # 0 and 1, as in SQLite
_ADAPTERS.register_dumper(list, _ListDumper)


# Statistics of the log of changes are kept when the server is shut down, and begin anew when it crashes.
_LIFE = "SELECT concat(pg_postmaster_start_time(), ' ', (SELECT stats_reset FROM pg_stat_wal))"


class ServerConnection(psycopg.Connection):
    """`life`: of the server, from a start or a crash to the next. What it says of numbers of transactions holds in one
    life: those of which nothing was on the disk yet are given again in the next. `pipe`: for statements of requests.
    """

    life = ""
    pipe: Pipe


@dataclass(frozen=True)
class Server:
    """Where to connect: `parameters` are libpq's, with a password in them perhaps; `name` may be shown."""

    name: str
    parameters: dict[str, Any] = field(repr=False)
    prepares: bool

    def connect(self) -> ServerConnection:
        """Raises psycopg.OperationalError."""
        connection = ServerConnection.connect(**self.parameters, autocommit=True, context=_ADAPTERS)
        try:
            connection.execute(_LIMITS, prepare=False)
            (connection.life,) = connection.execute(_LIFE, prepare=False).fetchone() or ("",)
        except BaseException:
            connection.close()
            raise
        if not self.prepares:
            connection.prepare_threshold = None
        connection.pipe = Pipe(connection, self.prepares)
        return connection


def server_of(address: PostgresAddress) -> Server:
    """What libpq makes of the address; `PG*` variables and its password file fill in what it leaves out.

    Raises DatabaseRefused for an address that libpq does not understand.
    """
    try:
        given = conninfo_to_dict(address.uri)
    except psycopg.ProgrammingError as error:
        # libpq's words may repeat a part of the password.
        raise DatabaseRefused(
            "The address of the PostgreSQL database cannot be read.",
            "Write postgresql://USER:PASSWORD@HOST:5432/DATABASE; in a password @ is written %40, / %2F and % %25.",
        ) from error.with_traceback(None)
    parameters = {**_PARAMETERS, **given}
    if "," in str(parameters.get("host", "")):
        parameters.setdefault("target_session_attrs", "read-write")  # the one that is the primary
    return Server(_name(parameters), parameters, address.prepares)


def _name(parameters: dict[str, Any]) -> str:
    defaults = {
        option.keyword.decode(): option.val.decode() for option in psycopg.pq.Conninfo.get_defaults() if option.val
    }
    known = defaults | {name: str(value) for name, value in parameters.items()}
    hosts = known.get("host", known.get("hostaddr", "localhost")).split(",")
    ports = known.get("port", "5432").split(",")
    places = [
        host if host.startswith("/") else f"{host}:{port}"
        for host, port in zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=False)
    ]
    return f"{','.join(places)}/{known.get('dbname', known.get('user', ''))}"
