"""The few places where SQL differs from one database to the next, as fragments with one meaning each."""

from __future__ import annotations

from typing import Protocol


class Dialect(Protocol):
    """SQL fragments; parameters are named, spelled `:name`, on every database."""

    name: str

    def among(self, column: str, parameter: str) -> str:
        """A condition: `column` is one of the elements of the list bound to `:parameter`."""

    def each(self, parameter: str) -> str:
        """A FROM item with one column, `value`: the elements of the list bound to `:parameter`."""

    def like(self, column: str, parameter: str, *, fold_case: bool) -> str:
        """A condition: `column` matches the LIKE pattern bound to `:parameter`; case counts unless `fold_case`."""


class SqliteDialect:
    name = "sqlite"

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
