from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.store.made import make_registered, make_run, make_version
from trackline.db.sqlite import SqliteTransaction, connect
from trackline.domain.entities import Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import ModelVersionQuery, RegisteredModelQuery
from trackline.store.experiments import create_default_experiment
from trackline.store.registry.models import find_registered_models, rename_registered_model
from trackline.store.registry.versions import find_model_versions, set_model_version_tag
from trackline.store.search import registry

PROMPT = Tag("mlflow.prompt.is_prompt", "true")


class Watched(SqliteTransaction):
    """Keeps the plan of every query: its steps, as SQLite tells them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, now_ms=0)
        self.plans: list[list[str]] = []

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        explained = self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        self.plans.append([step for *_, step in explained])
        return super().rows(sql, parameters)


@pytest.fixture
def tx(database_file: Path) -> Iterator[Watched]:
    """Models a, b and c with tags, of a two versions, the second from run-1, of the others one; and a prompt, p."""
    connection = connect(database_file)
    connection.execute("BEGIN")
    tx = Watched(connection)
    create_default_experiment(tx, "mlflow-artifacts:/")
    make_run(tx, "0")
    for name, team in (("a", "blue"), ("b", "Red"), ("c", "blue")):
        tx.now_ms += 1
        make_registered(tx, name, [Tag("team", team)])
        make_version(tx, name)
        set_model_version_tag(tx, name, 1, Tag("team", team), "ann")
    tx.now_ms += 1
    make_version(tx, "a", "run-1", source="runs:/run-1/m")
    make_registered(tx, "p", [PROMPT, Tag("team", "blue")])
    make_version(tx, "p", source="mlflow-artifacts:/1/p")
    set_model_version_tag(tx, "p", 1, PROMPT, "ann")
    yield tx
    connection.close()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "abc"),
        ("name = 'b'", "b"),
        ("name LIKE '%'", "abc"),
        ("name ILIKE 'B%'", "b"),
        ("name IN ('a', 'c', 'p')", "ac"),
        ("name NOT IN ('a')", "bc"),
        ("tags.team = 'blue'", "ac"),
        ("tag.`team` != 'blue'", "b"),
        ("attribute.name != 'a' AND tags.team ILIKE 'r%'", "b"),
        ("name = 'a' OR NOT tags.team = 'blue'", "ab"),
        ("tags.never = 'x'", ""),
        ("tags.team IS NOT NULL", "abc"),
        ("tags.team IS NULL", ""),
        ("tags.never IS NULL AND name != 'b'", "ac"),
        ("tags.`mlflow.prompt.is_prompt` IS NOT NULL", "p"),
        ("tags.`mlflow.prompt.is_prompt` = 'true'", "p"),
        ("tags.`mlflow.prompt.is_prompt` = 'true' AND tags.team = 'Red'", ""),
        ("tags.team = 'blue' AND tag.`mlflow.prompt.is_prompt` != 'true'", "ac"),
    ],
)
def test_models_are_found_by_name_and_tag_and_prompts_only_on_request(tx: Watched, text: str, names: str) -> None:
    found, token = find_registered_models(tx, RegisteredModelQuery(filter=text))
    assert ("".join(model.name for model in found), token) == (names, None)


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("", "a2 c1 b1 a1"),
        ("name = 'a'", "a2 a1"),
        ("name LIKE '_' AND version_number > 1", "a2"),
        ("run_id = 'run-1'", "a2"),
        ("run_id IN ('run-1', 'run-2')", "a2"),
        ("run_id = ''", "c1 b1 a1"),
        ("source_path = 'runs:/run-1/m'", "a2"),
        ("source_path LIKE 'mlflow%'", "c1 b1 a1"),
        ("tags.team = 'blue'", "c1 a1"),
        ("tags.team IS NULL", "a2"),
        ("tags.team IS NOT NULL AND name = 'a'", "a1"),
        ("version_number >= '2'", "a2"),
        ("version_number = 2 OR tags.team = 'Red'", "a2 b1"),
        ("name = 'p'", ""),
        ("tags.`mlflow.prompt.is_prompt` = 'true'", "p1"),
    ],
)
def test_versions_are_found_by_what_they_are_the_last_updated_first(tx: Watched, text: str, versions: str) -> None:
    found, token = find_model_versions(tx, ModelVersionQuery(filter=text))
    assert ([f"{one.name}{one.version}" for one in found], token) == (versions.split(), None)


@pytest.mark.parametrize(
    ("order", "versions"),
    [
        (["name"], "a2 a1 b1 c1"),
        (["name DESC", "version_number ASC"], "c1 b1 a1 a2"),
        (["version_number DESC"], "a2 a1 b1 c1"),
        (["creation_timestamp"], "a1 b1 c1 a2"),
        (["last_updated_timestamp ASC"], "a1 b1 c1 a2"),
    ],
)
def test_versions_come_in_the_order_asked_for_on_every_page(tx: Watched, order: list[str], versions: str) -> None:
    read: list[str] = []
    query = ModelVersionQuery(order_by=order, max_results=1)
    for _ in versions.split():
        found, token = find_model_versions(tx, query)
        read += [f"{one.name}{one.version}" for one in found]
        query = ModelVersionQuery(order_by=order, max_results=1, page_token=token)
    assert (read, query.page_token) == (versions.split(), None)


def test_models_come_in_the_order_asked_for_on_every_page(tx: Watched) -> None:
    tx.now_ms += 1
    rename_registered_model(tx, "b", "B", "ann")
    for order, names in (
        ([], ["B", "a", "c"]),
        (["name DESC"], ["c", "a", "B"]),
        (["timestamp DESC"], ["B", "a", "c"]),
        (["last_updated_timestamp"], ["c", "a", "B"]),
    ):
        first, token = find_registered_models(tx, RegisteredModelQuery(order_by=order, max_results=2))
        query = RegisteredModelQuery(order_by=order, max_results=2, page_token=token)
        second, token = find_registered_models(tx, query)
        assert ([model.name for model in first + second], token) == (names, None)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("version = 1", []),
        ("name > 'a'", []),
        ("tags.team > 'a'", []),
        ("version_number = 1.5", []),
        ("version_number = '1.5'", []),
        ("source_path IN ('a')", []),
        ("", ["never"]),
        ("", ["tags.team"]),
        ("", ["name", "name DESC"]),
    ],
)
def test_what_the_language_does_not_have_is_refused(tx: Watched, text: str, order: list[str]) -> None:
    with pytest.raises(InvalidParameter):
        find_model_versions(tx, ModelVersionQuery(filter=text, order_by=order))


def last_plan(tx: Watched, text: str, *orders: str) -> list[str]:
    """The plan of the statement that finds the second page."""
    query = ModelVersionQuery(filter=text, order_by=list(orders), max_results=1)
    token = registry.search_model_versions(tx, query).next_page_token
    tx.plans.clear()
    registry.search_model_versions(tx, ModelVersionQuery(**{**as_fields(query), "page_token": token}))
    return tx.plans[-1]


def as_fields(query: ModelVersionQuery) -> dict[str, Any]:
    return {"filter": query.filter, "order_by": query.order_by, "max_results": query.max_results}


@pytest.mark.parametrize(
    ("order", "step"),
    [
        ("", "SEARCH mv USING INDEX model_versions_newest (updated_ms<?)"),
        ("creation_timestamp", "SEARCH mv USING INDEX model_versions_by_creation (created_ms>?)"),
        ("name", "SEARCH m USING COVERING INDEX sqlite_autoindex_registered_models_1 (name>?)"),
    ],
)
def test_versions_are_read_along_an_index(tx: Watched, order: str, step: str) -> None:
    assert last_plan(tx, "", *filter(None, [order]))[0] == step


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("name = 'a'", "sqlite_autoindex_registered_models_1 (name=?)"),
        ("source_path LIKE 'mlflow%'", "model_versions_by_source"),
        ("run_id = ''", "model_versions_by_run (run_uuid=?)"),
        ("tags.team = 'blue'", "model_version_tags_by_value (key_id=? AND <expr>=?)"),
    ],
)
def test_what_leaves_few_versions_over_is_looked_up_first(tx: Watched, text: str, step: str) -> None:
    assert any(step in found for found in last_plan(tx, text)[:2])


def test_models_with_a_tag_are_looked_up(tx: Watched) -> None:
    registry.search_registered_models(tx, RegisteredModelQuery(filter="tags.team = 'blue'"))
    assert tx.plans[-1][0].startswith("SEARCH v USING INDEX registered_model_tags_by_value (key_id=? AND <expr>=?)")
