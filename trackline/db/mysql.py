"""A database in MySQL or MariaDB that is only read: another program's, for Trackline keeps nothing in one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from trackline.db.errors import DatabaseRefused
from trackline.db.reading import columns_by_table, in_one_line, told_of

_PORT = 3306
# Of what SQLAlchemy's addresses may say, what makes a difference here. The character set is always utf8mb4.
_OPTIONS = {"unix_socket", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "ssl_verify_identity"}
_IGNORED = {"charset"}
_PARAMETER = re.compile(r"(?<!:):(\w+)")
_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = database()"
# Names in double quotes, as everywhere else; one snapshot; and the server waits for a reader that has much to do.
_BEGIN = (
    "SET SESSION sql_mode = 'ANSI_QUOTES', net_write_timeout = 3600",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


class MysqlReading:
    """Satisfies `Reading`. While a stream goes on, nothing else can be asked. `shown`: the address without password."""

    def __init__(self, uri: str) -> None:
        place = _place(uri)
        self.shown = f"mysql://{place['host']}:{place['port']}/{place['database']}"
        driver = _driver()
        try:
            self._connection = driver.connect(**place, charset="utf8mb4", autocommit=True)
        except (driver.MySQLError, OSError) as error:
            raise DatabaseRefused(
                f"{self.shown} cannot be reached: {in_one_line(error)}.",
                "Check user, password, host and database, and that the user may SELECT there.",
            ) from error
        self._driver = driver
        for statement in _BEGIN:
            self.rows(statement)

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        with told_of(self.shown, self._driver.MySQLError), closing(self._connection.cursor()) as cursor:
            cursor.execute(*_translated(sql, parameters))
            return list(cursor.fetchall())

    def among(self, column: str, parameter: str) -> str:
        return f"{column} IN :{parameter}"

    def exactly(self, text: str) -> str:
        """Its bytes: as text, "Loss" and "loss" are the same here."""
        return f"CAST(CONVERT({text} USING utf8mb4) AS BINARY)"

    def columns(self) -> dict[str, set[str]]:
        return columns_by_table(self.rows(_COLUMNS))

    def stream(self, sql: str, parameters: Mapping[str, Any], size: int) -> Iterator[list[Any]]:
        cursor = self._connection.cursor(self._driver.cursors.SSCursor)
        with told_of(self.shown, self._driver.MySQLError):
            cursor.execute(*_translated(sql, parameters))
        try:
            while rows := self._next(cursor, size):
                yield rows
        finally:
            if not self._connection.open:  # the driver would read what is left, and from nothing
                cursor._result.unbuffered_active = False  # noqa: SLF001
            cursor.close()

    def _next(self, cursor: Any, size: int) -> list[Any]:
        with told_of(self.shown, self._driver.MySQLError):
            return list(cursor.fetchmany(size))

    def close(self) -> None:
        self._connection.close()


def _translated(sql: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """As PyMySQL wants them. A list becomes what IN takes, which must not be empty."""
    text = _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
    return text, {name: [None] if value == [] else value for name, value in parameters.items()}


def _place(uri: str) -> dict[str, Any]:
    """What the driver connects to. Raises DatabaseRefused for an address that does not say it."""
    try:
        parts = urlsplit(uri)
        port = parts.port or _PORT
    except ValueError as error:
        raise DatabaseRefused(f"This is no address of a database: {error}.", _EXAMPLE) from None
    database = unquote(parts.path.strip("/"))
    if not database:
        raise DatabaseRefused("The address names no database.", _EXAMPLE)
    options = {name: value for name, value in parse_qsl(parts.query) if name not in _IGNORED}
    if unknown := sorted(options.keys() - _OPTIONS):
        raise DatabaseRefused(
            f"The address has options that mean nothing here: {', '.join(unknown)}.",
            f"Leave them out; what can be said is {', '.join(sorted(_OPTIONS))}.",
        )
    flags = {name: value.lower() in ("1", "true", "yes") for name, value in options.items() if "verify" in name}
    return {
        "host": unquote(parts.hostname or "localhost"),
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": database,
        **options,
        **flags,
    }


def _driver() -> Any:
    try:
        import pymysql.cursors
    except ImportError:
        raise DatabaseRefused(
            "The driver for MySQL and MariaDB is not installed.", "Install it: pip install 'trackline[mysql]'."
        ) from None
    return pymysql


_EXAMPLE = "Write mysql://USER:PASSWORD@HOST:3306/DATABASE, with %40 for an @ in the password."
