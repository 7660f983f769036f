"""How many statements each endpoint sends: never more for many things than for one, and never more than here."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trackline.server
from tests.store import access_budgets, registry_budgets, ui_budgets, webhook_budgets
from tests.store.made import ROOT, make_experiment, make_model, make_run
from tests.store.metric_runs import log_points
from trackline.db.transaction import Transaction
from trackline.domain.entities import Dataset, DatasetInput, Metric, ModelInput, ModelOutput, Param, Tag
from trackline.domain.filters import ExperimentQuery, LoggedModelQuery, RunQuery
from trackline.server.metrics import _histories
from trackline.store import datasets, experiment_documents, experiments, logged_models, logging, run_documents, runs
from trackline.store.access import first
from trackline.store.editions import Documents
from trackline.store.logging import log_batch
from trackline.wire.responses import encoded_experiment, encoded_run

MANY = 100
FILTER = "metrics.m0 >= 0 AND params.p0 = 'v' AND tags.t0 LIKE 'v%' AND attributes.status = 'RUNNING'"
NEW_RUN = runs.NewRun("new", "1", "name", "ann", 0, [])
NEW_MODEL = logged_models.NewModel("m-new", "1", "name", "", "", [], [])


def metrics(count: int, names: int = 10, model_id: str | None = None) -> list[Metric]:
    return [Metric(f"m{n % names}", float(n), n, n, model_id) for n in range(count)]


def params(count: int) -> list[Param]:
    return [Param(f"new {n}", "v") for n in range(count)]


def tags(count: int) -> list[Tag]:
    return [Tag(f"new {n}", "v") for n in range(count)]


def inputs(count: int) -> list[DatasetInput]:
    return [DatasetInput(Dataset(f"new {n}", "d", "s", "s"), [Tag("t", "v")]) for n in range(count)]


# Function: the most statements, and the arguments with which it has `n` things to do.
BUDGETS: dict[Callable[..., Any], tuple[int, Callable[[int], tuple[Any, ...]]]] = {
    experiments.create_default_experiment: (1, lambda _: (ROOT,)),
    experiments.create_experiment: (6, lambda n: ("new", None, tags(n), ROOT)),
    experiments.get_experiment: (1, lambda _: ("1",)),
    experiment_documents.ask_experiment: (2, lambda _: (Documents(encoded_experiment), "1")),
    experiment_documents.ask_experiment_by_name: (2, lambda _: (Documents(encoded_experiment), "experiment 0")),
    experiment_documents.ask_experiment_page: (
        3,
        lambda n: (Documents(encoded_experiment), ExperimentQuery(filter="tags.t0 = 'v'", max_results=n)),
    ),
    experiments.rename_experiment: (3, lambda _: ("1", "new")),
    experiments.delete_experiment: (3, lambda n: ("1" if n == 1 else "2", True)),
    experiments.restore_experiment: (3, lambda _: ("3",)),
    experiments.set_experiment_tag: (6, lambda _: ("1", Tag("new", "v"))),
    experiments.delete_experiment_tag: (4, lambda _: ("1", "t0")),
    run_documents.ask_create_run: (12, lambda n: (NEW_RUN._replace(tags=tags(n)),)),
    run_documents.ask_document: (8, lambda _: (Documents(encoded_run), "run-0")),
    run_documents.find_documents: (
        11,
        lambda n: (Documents(encoded_run), RunQuery(experiment_ids=[1, 2], filter=FILTER, max_results=n)),
    ),
    runs.ask_update_run: (6, lambda _: ("run-0", runs.RunChange("RUNNING", 1, "new"))),
    runs.delete_run: (2, lambda _: ("run-2",)),
    runs.restore_run: (1, lambda _: ("run-0",)),
    runs.artifact_uri_of_run: (1, lambda _: ("run-0",)),
    logging.ask_log_batch: (11, lambda n: ("run-0", metrics(n), params(n), tags(n))),
    logging.log_batch: (11, lambda n: ("run-0", metrics(n), params(n), tags(n))),
    logging.delete_tag: (3, lambda _: ("run-0", "t0")),
    logging.note_logged_model: (6, lambda _: ("run-0", {"run_id": "run-0"})),
    datasets.log_inputs: (7, lambda n: ("run-0", inputs(n), [ModelInput(f"m-{i}") for i in range(n)])),
    datasets.log_outputs: (2, lambda n: ("run-0", [ModelOutput(f"m-{i}", i) for i in range(n)])),
    datasets.search_datasets: (1, lambda n: (list(range(n)),)),
    logged_models.create_logged_model: (13, lambda n: (NEW_MODEL._replace(params=params(n), tags=tags(n)),)),
    logged_models.get_logged_model: (6, lambda _: ("m-0",)),
    logged_models.finalize_logged_model: (7, lambda _: ("m-0", "LOGGED_MODEL_READY")),
    logged_models.delete_logged_model: (3, lambda _: ("m-1",)),
    logged_models.set_model_tags: (5, lambda n: ("m-0", tags(n))),
    logged_models.delete_model_tag: (3, lambda _: ("m-0", "t0")),
    logged_models.log_model_params: (5, lambda n: ("m-0", params(n))),
    logged_models.find_models: (
        7,
        lambda n: (LoggedModelQuery(experiment_ids=[1], filter="params.p0 = 'v' AND tags.t0 = 'v'", max_results=n),),
    ),
    logged_models.artifact_uri_of_model: (1, lambda _: ("m-0",)),
    **access_budgets.BUDGETS,
    **registry_budgets.BUDGETS,
    **ui_budgets.BUDGETS,
    **webhook_budgets.BUDGETS,
}
HISTORIES_PER_RUN = 3
BY_HISTORIES = {"_page", "_first", "_thinned"}  # what they read, they read by `_histories`
WITHOUT_USERS = {"check_first", "create_first"}  # what they do, they do in an empty database


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    """A hundred of everything: experiments, runs (all but one in experiment 2), models, each with a hundred of all."""
    experiments.create_default_experiment(store_tx, ROOT)
    everything = [Tag(f"t{n}", "v") for n in range(MANY)]
    for number in range(MANY):
        make_experiment(store_tx, f"experiment {number}", everything)
    experiments.delete_experiment(store_tx, "3")
    said = [Param(f"p{n}", "v") for n in range(MANY)]
    for number in range(MANY):
        run = make_run(store_tx, "1" if number == 0 else "2", f"run-{number}", everything)
        log_batch(store_tx, run, metrics(MANY, MANY), said, [])
        datasets.log_inputs(store_tx, run, inputs(3), [ModelInput("m-0")])
        datasets.log_outputs(store_tx, run, [ModelOutput("m-0", 0)])
        model = make_model(store_tx, "1", f"m-{number}", said)
        logged_models.set_model_tags(store_tx, model.info.model_id, everything)
    registry_budgets.fill(store_tx, MANY)
    webhook_budgets.fill(store_tx, MANY)
    access_budgets.fill(store_tx, MANY)
    ui_budgets.fill(store_tx, MANY)
    return store_tx


def test_many_things_take_no_more_statements_than_one_and_no_more_than_their_budget(tx: Transaction) -> None:
    sent = {}
    for function, (_, arguments) in BUDGETS.items():
        sent[function.__name__] = tuple(statements(tx, function, *arguments(n)) for n in (1, MANY))

    assert {name: many for name, (_, many) in sent.items()} == {name: one for name, (one, _) in sent.items()}
    over = {
        function.__name__: sent[function.__name__]
        for function, (most, _) in BUDGETS.items()
        if max(sent[function.__name__]) > most
    }
    assert over == {}


@pytest.mark.parametrize("points", [1, 255, 256, 1000])
def test_a_batch_of_points_takes_twelve_however_many_they_are_and_however_much_is_sealed(
    store_tx: Transaction, points: int
) -> None:
    run = make_run(store_tx, make_experiment(store_tx, "n"))
    model = make_model(store_tx, "1").info.model_id
    for batch in range(70):
        given = [Metric(f"m{n % 7}", float(n), batch, batch * points + n, model) for n in range(points)]
        before = store_tx.statements
        log_batch(store_tx, run, given, [], [])
        assert store_tx.statements - before <= 12


@pytest.mark.parametrize("points", [10, 1_000, 100_000])
def test_ending_a_run_takes_the_same_however_many_points_it_has(store_tx: Transaction, points: int) -> None:
    uuid = make_run(store_tx, make_experiment(store_tx, "n"))
    for start in range(0, points, 10_000):
        batch = [Metric("m", 1.0, n, n) for n in range(start, min(start + 10_000, points))]
        log_points(store_tx, runs.run_number(store_tx, uuid), batch)
    assert statements(store_tx, runs.ask_update_run, uuid, runs.RunChange("FINISHED", 1)) <= 8


def test_histories_take_a_fixed_number_for_each_run(tx: Transaction) -> None:
    for count in (1, 10, MANY):
        runs_asked_for = [f"run-{n}" for n in range(count)]
        assert statements(tx, _histories, runs_asked_for, "m0") <= 1 + HISTORIES_PER_RUN * count


def test_every_function_that_an_endpoint_calls_has_a_budget() -> None:
    called = set()
    for file in Path(trackline.server.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr="read" | "write" | "glance" | "jot" as way, value=owner)):
                    if ast.unparse(owner).endswith("database"):
                        function = node.args[way == "jot"]  # before it, what it is about
                        called.add(ast.unparse(function).rpartition(".")[2])
    assert called == {function.__name__ for function in BUDGETS} | {*BY_HISTORIES, "_nothing", *WITHOUT_USERS}


def test_the_first_administrator_takes_a_fixed_number(store_tx: Transaction) -> None:
    first.offer_first(store_tx, "digest", 1000)
    assert statements(store_tx, first.check_first, "digest") <= 2
    assert statements(store_tx, first.create_first, "digest", "ann", "hash") <= 6


def statements(tx: Transaction, function: Callable[..., Any], *arguments: Any) -> int:
    """How many `function` sends; what it did is undone."""
    tx.execute("SAVEPOINT work")
    before = tx.statements
    result = function(tx, *arguments)
    if function.__name__.startswith("ask_"):
        result()
    sent = tx.statements - before
    tx.execute("ROLLBACK TO work")
    tx.execute("RELEASE work")
    return sent
