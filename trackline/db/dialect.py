"""The few places where SQL differs from one database to the next, as fragments with one meaning each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from zlib import crc32

_LOCKS = 0x7472_6163  # apart from the advisory locks of other programs


class Dialect(Protocol):
    """SQL fragments; parameters are named, spelled `:name`, on every database."""

    # Ends a query: nobody else changes the rows that it found until this transaction ends. Who comes later waits,
    # and finds them as they are then.
    to_change: str
    # The same, where they are not to be changed here either: others may rely on them as well.
    to_rely_on: str
    # Values: the version of the database's program, and the size of the database in bytes.
    version: str
    size: str
    # A value: a whole number that nobody can foretell, of about 60 bits; another one for each row.
    chance: str

    def among(self, column: str, parameter: str) -> str:
        """A condition: `column` is one of the elements of the list bound to `:parameter`."""

    def each(self, parameter: str) -> str:
        """A FROM item with one column, `value`: the elements of the list of texts bound to `:parameter`."""

    def like(self, column: str, parameter: str, *, fold_case: bool) -> str:
        """A condition: `column` matches the LIKE pattern bound to `:parameter`; case counts unless `fold_case`.

        Only that of ASCII letters is folded, and there is no escape character.
        """

    def objects(self, **members: str) -> str:
        """An aggregate: the JSON of a list with an object for each row, whose members have these values."""

    def alone(self, what: str) -> str:
        """A condition, always true: from where it is looked at until its end, only one transaction is alone with it."""

    def past_given(self, table: str) -> str:
        """A query: from now on the numbers that the table's `id` is given lie past those that are in it."""


class SqliteDialect:
    # There is one writer: whatever a transaction that writes has found stays so.
    to_change = ""
    to_rely_on = ""
    version = "sqlite_version()"
    size = "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())"
    chance = "random()"

    def among(self, column: str, parameter: str) -> str:
        return f"{column} IN (SELECT value FROM json_each(:{parameter}))"

    def each(self, parameter: str) -> str:
        return f"json_each(:{parameter})"

    def like(self, column: str, parameter: str, *, fold_case: bool) -> str:
        if fold_case:
            return f"{column} LIKE :{parameter}"
        # SQLite's LIKE always folds ASCII case; GLOB does not, so the pattern is respelled for it.
        pattern = f":{parameter}"
        for special, literal in (("[", "[[]"), ("*", "[*]"), ("?", "[?]"), ("%", "*"), ("_", "?")):
            pattern = f"replace({pattern}, '{special}', '{literal}')"
        return f"{column} GLOB {pattern}"

    def objects(self, **members: str) -> str:
        return f"json_group_array(json_object({_members(members)}))"

    def alone(self, what: str) -> str:  # noqa: ARG002 with everything, always
        return "TRUE"

    def past_given(self, table: str) -> str:  # noqa: ARG002 they always do
        return "SELECT 1"


class PostgresDialect:
    """The columns of texts are declared COLLATE "C": sorted by code point, and no letters beyond ASCII have a case."""

    to_change = "FOR NO KEY UPDATE"
    to_rely_on = "FOR SHARE"
    version = "current_setting('server_version')"
    size = "pg_database_size(current_database())"
    chance = "CAST(random() * 4e18 AS BIGINT)"

    def among(self, column: str, parameter: str) -> str:
        return f"{column} = ANY(:{parameter})"

    def each(self, parameter: str) -> str:
        return f"unnest(:{parameter}::text[]) AS each (value)"

    def like(self, column: str, parameter: str, *, fold_case: bool) -> str:
        return f"{column} {'ILIKE' if fold_case else 'LIKE'} :{parameter} COLLATE \"C\" ESCAPE ''"

    def objects(self, **members: str) -> str:
        return f"coalesce(json_agg(json_build_object({_members(members)}))::text, '[]')"

    def alone(self, what: str) -> str:
        # In a subquery, so that it is looked at once and before the first row.
        return f"(SELECT true FROM pg_advisory_xact_lock({_LOCKS}, {crc32(what.encode()) - 2**31}))"

    def past_given(self, table: str) -> str:
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        return (
            f"SELECT setval({sequence}, greatest(max(id), (SELECT last_value FROM pg_sequences "
            f"WHERE format('%I.%I', schemaname, sequencename)::regclass = {sequence}::regclass), 1)) FROM {table}"
        )


def _members(members: Mapping[str, str]) -> str:
    return ", ".join(f"'{name}', {value}" for name, value in members.items())
