"""Experiments, runs and models for tests of the store, and a look at what a refusal leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.databases import tables
from trackline.db.transaction import Transaction
from trackline.domain.entities import LoggedModel, Param, Run, RunInfo, Tag
from trackline.domain.errors import RequestError
from trackline.domain.registry import ModelVersion, RegisteredModel
from trackline.store.experiments import create_experiment
from trackline.store.logged_models import NewModel, create_logged_model
from trackline.store.registry.models import NewRegisteredModel, create_registered_model
from trackline.store.registry.sources import Claim
from trackline.store.registry.versions import NewVersion, create_model_version
from trackline.store.run_documents import ask_create_run, read_runs
from trackline.store.runs import NewRun, RunChange, ask_insert_run, ask_update_run, run_number

ROOT = "mlflow-artifacts:/"


def make_experiment(tx: Transaction, name: str, tags: list[Tag] | None = None) -> str:
    """Its id."""
    return create_experiment(tx, name, None, tags or [], ROOT)


def make_run(tx: Transaction, experiment_id: str, uuid: str = "run-1", tags: list[Tag] | None = None) -> str:
    """Its uuid."""
    insert_run(tx, NewRun(uuid, experiment_id, f"name of {uuid}", "ann", 1000, tags or []))
    return uuid


def create_run(tx: Transaction, new: NewRun) -> Run:
    return ask_create_run(tx, new)()


def insert_run(tx: Transaction, new: NewRun) -> RunInfo:
    return ask_insert_run(tx, new)()


def update_run(tx: Transaction, uuid: str, change: RunChange) -> RunInfo:
    return ask_update_run(tx, uuid, change)()


def get_run(tx: Transaction, uuid: str) -> Run:
    return read_runs(tx, [run_number(tx, uuid)])[0]


def make_model(
    tx: Transaction, experiment_id: str, model_id: str = "m-1", params: list[Param] | None = None
) -> LoggedModel:
    return create_logged_model(tx, NewModel(model_id, experiment_id, "model", "", "", params or [], []))


def make_registered(tx: Transaction, name: str, tags: list[Tag] | None = None) -> RegisteredModel:
    return create_registered_model(tx, NewRegisteredModel(name, "", tags or []), "ann")


def make_version(
    tx: Transaction, name: str, run_id: str = "", model_id: str = "", source: str = "mlflow-artifacts:/1/m"
) -> ModelVersion:
    return create_model_version(tx, NewVersion(name, Claim(source, run_id, model_id), "", "", []), ROOT, "ann")


def text_of_all_tables(tx: Transaction) -> list[tuple[object, ...]]:
    """Everything that is stored, but for names of keys, which may stay when what used them is undone."""
    return [
        (name, *row)
        for name in tables(tx)
        if name != "keys"
        for row in sorted(tx.rows(f"SELECT * FROM {name}"), key=repr)
    ]


@contextmanager
def refused(tx: Transaction, kind: type[RequestError], reason: str) -> Iterator[None]:
    """As the database does with a request that fails: what it wrote is undone, what was there stays."""
    before = text_of_all_tables(tx)
    tx.execute("SAVEPOINT request")
    with pytest.raises(kind, match=reason):
        yield
    tx.execute("ROLLBACK TO request")
    tx.execute("RELEASE request")
    assert text_of_all_tables(tx) == before
