"""The history of the registry says everything that happened, and so how things stood at any time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.databases import NOW_MS, Engine
from tests.store.made import ROOT, make_registered, make_version, refused
from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.domain.errors import InvalidState, NotFound, RequestError
from trackline.domain.filters import HistoryQuery, ModelVersionQuery, RegisteredModelQuery
from trackline.domain.registry import STAGES, HistoryEntry
from trackline.store.registry.aliases import delete_alias, roll_back_alias, set_alias
from trackline.store.registry.history import aliased_at, in_stage_at, read_history
from trackline.store.registry.models import (
    NewRegisteredModel,
    create_registered_model,
    delete_registered_model,
    delete_registered_model_tag,
    find_registered_models,
    rename_registered_model,
    set_registered_model_tag,
    update_registered_model,
)
from trackline.store.registry.sources import Claim
from trackline.store.registry.versions import (
    NewVersion,
    Transition,
    create_model_version,
    delete_model_version,
    delete_model_version_tag,
    find_model_versions,
    set_model_version_tag,
    transition_stage,
    update_model_version,
)

NAMES, ALIASES = ("a", "b"), ("x", "y")


class Act(NamedTuple):
    """What somebody asks of the registry."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


def acts() -> st.SearchStrategy[list[Act]]:
    name, alias, number = st.sampled_from(["a", "a", "b"]), st.sampled_from(ALIASES), st.integers(1, 2)
    text, key = st.sampled_from(["", "one", "two"]), st.sampled_from(["k", "l"])
    tag = st.builds(Tag, key, text)
    tags = st.lists(tag, max_size=2)
    actor = st.sampled_from(["ann", "ben"])
    version = st.builds(NewVersion, name, st.just(Claim("mlflow-artifacts:/1/m", "", "")), st.just(""), text, tags)
    change = st.builds(Transition, name, number, st.sampled_from(STAGES), st.booleans())
    arguments: dict[Callable[..., Any], tuple[st.SearchStrategy[Any], ...]] = {
        create_registered_model: (st.builds(NewRegisteredModel, name, text, tags), actor),
        rename_registered_model: (name, name, actor),
        update_registered_model: (name, text, actor),
        delete_registered_model: (name, actor),
        set_registered_model_tag: (name, tag, actor),
        delete_registered_model_tag: (name, key, actor),
        create_model_version: (version, st.just(ROOT), actor),
        update_model_version: (name, number, st.none() | text, actor),
        transition_stage: (change, actor),
        delete_model_version: (name, number, actor),
        set_model_version_tag: (name, number, tag, actor),
        delete_model_version_tag: (name, number, key, actor),
        set_alias: (name, alias, number, actor),
        delete_alias: (name, alias, actor),
        roll_back_alias: (name, alias, actor),
    }
    one = st.one_of([st.builds(Act, st.just(act), st.tuples(*given)) for act, given in arguments.items()])
    first = NewVersion("a", Claim("mlflow-artifacts:/1/m", "", ""), "", "", [Tag("k", "one")])
    beginning = [
        Act(create_registered_model, (NewRegisteredModel("a", "one", [Tag("l", "one")]), "ann")),
        Act(create_model_version, (first, ROOT, "ann")),
        Act(set_alias, ("a", "x", 1, "ann")),
        Act(transition_stage, (Transition("a", 1, "Production", False), "ann")),
        Act(create_model_version, (first, ROOT, "ann")),
    ]
    return st.lists(one, max_size=20).map(lambda following: beginning + following)


@settings(max_examples=300)
@given(done=acts())
def test_replaying_the_history_gives_the_present_state_and_that_of_any_time(
    sqlite_engine: Engine, done: list[Act]
) -> None:
    check_replay(sqlite_engine, done)


@settings(max_examples=15)  # every statement is a round trip
@given(done=acts())
def test_replaying_the_history_does_so_on_postgresql(postgres_engine: Engine, done: list[Act]) -> None:
    check_replay(postgres_engine, done)


def check_replay(engine: Engine, done: list[Act]) -> None:
    with engine.transaction() as tx:
        seen: list[tuple[int, dict[str, Any]]] = []
        for act in done:
            tx.now_ms += 10
            attempt(tx, act)
            seen.append((tx.now_ms, present(tx)))
        assert replayed(whole_history(tx)) == seen[-1][1]
        for at, state in seen:
            for name, model in state.items():
                check_moment(tx, name, model, at + 5)


def check_moment(tx: Transaction, name: str, model: dict[str, Any], at: int) -> None:
    """What is told about that time is what `model` then was."""
    for stage in STAGES:
        there = {number for number, version in model["versions"].items() if version["stage"] == stage}
        assert {held.version for held in in_stage_at(tx, name, stage, at)} == there
    for alias in ALIASES:
        assert [held.version for held in aliased_at(tx, name, alias, at)] == model["aliases"].get(alias, [])


def attempt(tx: Transaction, act: Act) -> None:
    """As the database does with a request: one that is refused leaves nothing."""
    tx.execute("SAVEPOINT act")
    try:
        act.function(tx, *act.arguments)
    except RequestError:
        tx.execute("ROLLBACK TO act")
    tx.execute("RELEASE act")


def present(tx: Transaction) -> dict[str, Any]:
    """Models by name, as searches show them."""
    models, _ = find_registered_models(tx, RegisteredModelQuery())
    versions, _ = find_model_versions(tx, ModelVersionQuery())
    return {
        model.name: {
            "description": model.description,
            "tags": {tag.key: tag.value for tag in model.tags},
            "aliases": {alias.alias: [alias.version] for alias in model.aliases},
            "versions": {
                version.version: {
                    "source": version.source,
                    "description": version.description or None,
                    "stage": version.current_stage,
                    "tags": {tag.key: tag.value for tag in version.tags},
                }
                for version in versions
                if version.name == model.name
            },
        }
        for model in models
    }


def whole_history(tx: Transaction) -> list[HistoryEntry]:
    """Of all models, the first change first."""
    entries: dict[int, HistoryEntry] = {}
    for name in NAMES:
        try:
            found, _ = read_history(tx, HistoryQuery(name=name, max_results=10_000))
        except NotFound:
            continue
        entries |= {entry.id: entry for entry in found}
    return [entries[number] for number in sorted(entries)]


def replayed(entries: list[HistoryEntry]) -> dict[str, Any]:
    models: dict[int, dict[str, Any]] = {}
    names: dict[int, str | None] = {}
    for entry in entries:
        new: dict[str, Any] = {"description": None, "tags": {}}
        if entry.version is None:
            if entry.what in ("created", "renamed", "deleted"):
                names[entry.model_id] = entry.after
            model = models.setdefault(entry.model_id, new | {"aliases": {}, "versions": {}})
            apply(entry, model)
        else:
            versions = models[entry.model_id]["versions"]
            if entry.what == "created":
                versions[entry.version] = new | {"source": entry.after, "stage": "None"}
            elif entry.what == "deleted":
                del versions[entry.version]
            else:
                apply(entry, versions[entry.version])
    return {name: models[number] for number, name in names.items() if name is not None}


def apply(entry: HistoryEntry, thing: dict[str, Any]) -> None:
    """Make the change, after a look that what it changes is as it says."""
    if entry.what in ("description", "stage"):
        assert thing[entry.what] == entry.before
        thing[entry.what] = entry.after
    elif entry.what in ("tag", "alias"):
        values = thing["tags" if entry.what == "tag" else "aliases"]
        wrapped = (lambda value: value) if entry.what == "tag" else (lambda value: [value])
        assert values.pop(entry.key, None) == (None if entry.before is None else wrapped(entry.before))
        if entry.after is not None:
            values[entry.key] = wrapped(entry.after)


def test_each_change_says_who_made_it_when_and_what_it_was_before(store_tx: Transaction) -> None:
    make_registered(store_tx, "m")
    make_version(store_tx, "m")
    store_tx.now_ms += 1
    transition_stage(store_tx, Transition("m", 1, "Production", False), "10.0.0.7 curl/8")
    (latest, *_), _ = read_history(store_tx, HistoryQuery(name="m"))
    assert latest == HistoryEntry(
        latest.id, NOW_MS + 1, "10.0.0.7 curl/8", latest.model_id, "m", "stage", "1", None, "None", "Production"
    )


def test_what_changes_nothing_is_not_noted(store_tx: Transaction) -> None:
    make_registered(store_tx, "m", tags=[Tag("k", "v")])
    make_version(store_tx, "m")
    set_alias(store_tx, "m", "x", 1, "ann")
    before = read_history(store_tx, HistoryQuery(name="m"))
    set_alias(store_tx, "m", "x", 1, "ben")
    set_registered_model_tag(store_tx, "m", Tag("k", "v"), "ben")
    delete_registered_model_tag(store_tx, "m", "none", "ben")
    transition_stage(store_tx, Transition("m", 1, "None", False), "ben")
    assert read_history(store_tx, HistoryQuery(name="m")) == before


def test_nobody_can_take_the_history_back(store_tx: Transaction) -> None:
    make_registered(store_tx, "m")
    store_tx.execute("SAVEPOINT before")
    for sql in ("DELETE FROM registry_history", "UPDATE registry_history SET actor = 'nobody'"):
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match="only added to"):
            store_tx.execute(sql)
        store_tx.execute("ROLLBACK TO before")


def test_history_comes_in_pages_that_new_changes_do_not_shift(store_tx: Transaction) -> None:
    make_registered(store_tx, "m")
    for number in range(5):
        set_registered_model_tag(store_tx, "m", Tag("k", str(number)), "ann")
    whole, _ = read_history(store_tx, HistoryQuery(name="m"))
    first, token = read_history(store_tx, HistoryQuery(name="m", max_results=2))
    set_registered_model_tag(store_tx, "m", Tag("k", "new"), "ann")
    second, token = read_history(store_tx, HistoryQuery(name="m", max_results=2, page_token=token))
    third, token = read_history(store_tx, HistoryQuery(name="m", max_results=2, page_token=token))
    assert (first + second + third, token) == (whole, None)


def test_the_history_of_a_version_has_what_was_said_of_it_and_its_aliases(store_tx: Transaction) -> None:
    make_registered(store_tx, "m")
    make_version(store_tx, "m")
    make_version(store_tx, "m")
    set_alias(store_tx, "m", "x", 1, "ann")
    set_alias(store_tx, "m", "x", 2, "ann")
    set_alias(store_tx, "m", "y", 2, "ann")
    entries, _ = read_history(store_tx, HistoryQuery(name="m", version=1))
    assert [(entry.what, entry.key, entry.before, entry.after) for entry in entries] == [
        ("alias", "x", "1", "2"),
        ("alias", "x", None, "1"),
        ("created", None, None, "mlflow-artifacts:/1/m"),
    ]


def test_history_outlives_renaming_and_deleting(store_tx: Transaction) -> None:
    make_registered(store_tx, "old")
    make_version(store_tx, "old")
    store_tx.now_ms += 10
    transition_stage(store_tx, Transition("old", 1, "Production", False), "ann")
    set_alias(store_tx, "old", "x", 1, "ann")
    rename_registered_model(store_tx, "old", "new", "ann")
    store_tx.now_ms += 10
    delete_registered_model(store_tx, "new", "ben")
    for name in ("old", "new"):
        entries, _ = read_history(store_tx, HistoryQuery(name=name))
        kinds = ["deleted", "deleted", "alias", "renamed", "alias", "stage", "created", "created"]
        assert [entry.what for entry in entries] == kinds
        for at, versions in ((NOW_MS, []), (NOW_MS + 10, ["1"]), (NOW_MS + 20, [])):
            assert [held.version for held in in_stage_at(store_tx, name, "Production", at)] == versions
            assert [held.version for held in aliased_at(store_tx, name, "x", at)] == versions
    with refused(store_tx, NotFound, "Registered Model with name=never not found"):
        read_history(store_tx, HistoryQuery(name="never"))


def test_an_alias_goes_back_to_the_version_that_had_it_and_again_to_where_it_was(store_tx: Transaction) -> None:
    make_registered(store_tx, "m")
    for number in (1, 2):
        make_version(store_tx, "m")
        set_alias(store_tx, "m", "x", number, "ann")
    assert roll_back_alias(store_tx, "m", "x", "ben").version == "1"
    assert roll_back_alias(store_tx, "m", "x", "ben").version == "2"
    delete_alias(store_tx, "m", "x", "ann")
    back = roll_back_alias(store_tx, "m", "x", "ben")
    assert (back.version, back.aliases) == ("2", ["x"])


def test_an_alias_does_not_go_back_to_nothing_or_to_a_deleted_version(store_tx: Transaction) -> None:
    make_registered(store_tx, "m")
    make_version(store_tx, "m")
    make_version(store_tx, "m")
    with refused(store_tx, InvalidState, "had no version before"):
        roll_back_alias(store_tx, "m", "x", "ann")
    set_alias(store_tx, "m", "x", 1, "ann")
    with refused(store_tx, InvalidState, "had no version before"):
        roll_back_alias(store_tx, "m", "x", "ann")
    set_alias(store_tx, "m", "x", 2, "ann")
    delete_model_version(store_tx, "m", 1, "ann")
    with refused(store_tx, InvalidState, "belonged to version 1, which is deleted"):
        roll_back_alias(store_tx, "m", "x", "ann")
