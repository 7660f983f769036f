"""Registered models as people read them on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDEST = 10_000  # columns, where no terminal sets a limit: lines in a file are not broken


def print_models(models: list[dict[str, Any]]) -> None:
    table = _table("model", "versions", "stages", "aliases", "tags", "last changed")
    for model in models:
        latest = model.get("latest_versions", [])
        _add(
            table,
            model["name"],
            max((int(version["version"]) for version in latest), default=0),
            _joined(f"{one['current_stage']} {one['version']}" for one in latest if one["current_stage"] != "None"),
            _joined(f"@{one['alias']} {one['version']}" for one in model.get("aliases", [])),
            _tags(model),
            _time(model["last_updated_timestamp"]),
        )
    _print(table)


def print_model(model: dict[str, Any], versions: list[dict[str, Any]]) -> None:
    aliases = model.get("aliases", [])
    grid = _grid()
    _add(grid, "Model", model["name"])
    _add(grid, "Created", _time(model["creation_timestamp"]))
    _add_given(grid, "Description", model.get("description"))
    _add_given(grid, "Tags", _tags(model))
    _add_given(grid, "Aliases", _joined(f"@{one['alias']} {one['version']}" for one in aliases))
    _print(grid)
    table = _table("version", "stage", "aliases", "tags", "run", "created", "description")
    for version in versions:
        own = _joined(f"@{one['alias']}" for one in aliases if one["version"] == version["version"])
        stage, run = version["current_stage"], version.get("run_id", "")
        described = (version.get("description", ""), _time(version["creation_timestamp"]))
        _add(table, version["version"], stage, own, _tags(version), run, *reversed(described))
    _print(table)


def print_version(lineage: dict[str, Any]) -> None:
    version, run = lineage["model_version"], lineage.get("run")
    grid = _grid()
    _add(grid, "Model", version["name"])
    _add(grid, "Version", version["version"])
    _add(grid, "Stage", version["current_stage"])
    _add_given(grid, "Aliases", _joined(f"@{alias}" for alias in version.get("aliases", [])))
    _add(grid, "Created", _time(version["creation_timestamp"]))
    _add_given(grid, "Description", version.get("description"))
    _add_given(grid, "Tags", _tags(version))
    _add(grid, "Source", version["source"])
    if run:
        _add(grid, "Run", f"{run['info']['run_id']} ({run['info']['run_name']}, {run['info']['status']})")
        _add_given(grid, "Metrics", "\n".join(f"{one['key']} = {one['value']}" for one in _data(run, "metrics")))
        _add_given(grid, "Params", "\n".join(f"{one['key']} = {one['value']}" for one in _data(run, "params")))
    if model := lineage.get("logged_model"):
        _add(grid, "Logged model", f"{model['info']['model_id']} ({model['info']['name']})")
    _print(grid)


def print_history(entries: list[dict[str, Any]]) -> None:
    table = _table("when", "version", "what", "before", "after", "who")
    for entry in entries:
        what = f"{entry['what']} {entry['key']}" if "key" in entry else entry["what"]
        changed = (entry.get("version", ""), what, entry.get("before", ""), entry.get("after", ""))
        _add(table, _time(entry["at"]), *changed, entry["actor"])
    _print(table)


def print_held(versions: list[dict[str, Any]]) -> None:
    table = _table("version", "since", "put there by")
    for version in versions:
        _add(table, version["version"], _time(version["since"]), version["actor"])
    _print(table)


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    return grid


def _add(table: Table, *cells: Any) -> None:
    """Texts of others may hold what a terminal obeys, or rich reads as markup."""
    shown = ("".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in str(cell)) for cell in cells)
    table.add_row(*(Text(cell) for cell in shown))


def _add_given(grid: Table, label: str, value: str | None) -> None:
    if value:
        _add(grid, label, value)


def _print(table: Table) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDEST)
    console.print(table)


def _tags(of: dict[str, Any]) -> str:
    return _joined(f"{tag['key']}={tag.get('value', '')}" for tag in of.get("tags", []))


def _data(run: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return sorted(run["data"].get(kind, []), key=lambda one: str(one["key"]))


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(texts)


def _time(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
