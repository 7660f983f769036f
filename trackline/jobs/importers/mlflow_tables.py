"""The tables of a database of MLflow's, as far as this version of it has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackline.db.reading import Reading


class Tables:
    """Only what is read here is named here; other tables and columns make no difference."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._columns = reading.columns()

    def has(self, *tables: str) -> bool:
        return all(table in self._columns for table in tables)

    def has_column(self, table: str, column: str) -> bool:
        return column in self._columns.get(table, ())

    def column(self, table: str, column: str, alias: str = "", otherwise: str = "NULL") -> str:
        """As an expression, which is `otherwise` where this version has no such column."""
        if not self.has_column(table, column):
            return otherwise
        return f"{alias}.{column}" if alias else column

    def in_default_workspace(self, table: str) -> str:
        """A condition, always true where this version has no workspaces."""
        return "workspace = 'default'" if self.has_column(table, "workspace") else "TRUE"

    def among(self, column: str, parameter: str) -> str:
        return self._reading.among(column, parameter)

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        return self._reading.rows(sql, parameters)

    def count(self, sql: str, parameters: Mapping[str, Any]) -> int:
        return int(self._reading.rows(sql, parameters)[0][0])
