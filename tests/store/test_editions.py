"""Kept documents are those that the rows would make now, whoever changed them, and take no more room than they may."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from itertools import count

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import Engine
from tests.store.made import ROOT, make_experiment, make_run, update_run
from trackline.db.database import Database
from trackline.db.transaction import Transaction
from trackline.domain.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    Metric,
    ModelInput,
    ModelOutput,
    Param,
    Run,
    Tag,
)
from trackline.domain.errors import RequestError
from trackline.domain.filters import ExperimentQuery, RunQuery
from trackline.store import datasets, experiment_documents, experiments, logging, many_runs, runs
from trackline.store.artifact_locations import move_locations
from trackline.store.editions import Documents
from trackline.store.incoming.experiments import settle_experiments
from trackline.store.logging import log_batch
from trackline.store.orphans import remove_orphaned_rows
from trackline.store.run_documents import ask_document, find_documents, read_runs
from trackline.wire.responses import encoded_experiment, encoded_run

Work = Callable[[Transaction, str, str], object]  # with the ids of an experiment and of a run in it
NUMBERS = count()


def _move(tx: Transaction, *_: str) -> None:
    move_locations(tx, ROOT, "s3://there")
    move_locations(tx, "s3://there", f"{ROOT}{next(NUMBERS)}")


def _import(tx: Transaction, experiment: str, _: str) -> None:
    here = experiments.get_experiment(tx, experiment)
    settle_experiments(tx, [msgspec.structs.replace(here, tags=[Tag(_fresh(), "v")])], None)


def _fresh() -> str:
    return f"{next(NUMBERS)}"


# All that changes what a run's document says.
WORKS: dict[str, Work] = {
    "log a metric": lambda tx, _, run: log_batch(tx, run, [Metric("m", float(_fresh()), 0, 0)], [], []),
    "log a param": lambda tx, _, run: log_batch(tx, run, [], [Param(_fresh(), "v")], []),
    "tag": lambda tx, _, run: log_batch(tx, run, [], [], [Tag("t", _fresh())]),
    "delete a tag": lambda tx, _, run: logging.delete_tag(tx, run, "t"),
    "rename by tag": lambda tx, _, run: log_batch(tx, run, [], [], [Tag("mlflow.runName", _fresh())]),
    "rename": lambda tx, _, run: update_run(tx, run, runs.RunChange(name=_fresh())),
    "end": lambda tx, _, run: update_run(tx, run, runs.RunChange("FINISHED", 1)),
    "fail": lambda tx, _, run: update_run(tx, run, runs.RunChange("FAILED", 2)),
    "go on": lambda tx, _, run: update_run(tx, run, runs.RunChange("RUNNING")),
    "note a model": lambda tx, _, run: logging.note_logged_model(tx, run, {"run_id": _fresh()}),
    "read a dataset": lambda tx, _, run: datasets.log_inputs(
        tx, run, [DatasetInput(Dataset(_fresh(), "d", "s", "s"), [Tag("t", "v")])], [ModelInput(_fresh())]
    ),
    "make a model": lambda tx, _, run: datasets.log_outputs(tx, run, [ModelOutput("m", int(_fresh()))]),
    "delete": lambda tx, _, run: runs.delete_run(tx, run),
    "restore": lambda tx, _, run: runs.restore_run(tx, run),
    "delete many": lambda tx, _, run: many_runs.delete_runs(tx, [run], force=False),
    "restore many": lambda tx, _, run: many_runs.restore_runs(tx, [run]),
    "tag many": lambda tx, _, run: many_runs.tag_runs(tx, [run], Tag("t", _fresh())),
    "delete the experiment": lambda tx, experiment, _: experiments.delete_experiment(tx, experiment),
    "restore the experiment": lambda tx, experiment, _: experiments.restore_experiment(tx, experiment),
    "move": _move,
    "remove what is gone": lambda tx, *_: remove_orphaned_rows(tx),
}
# All that changes what an experiment's says.
OF_EXPERIMENTS: dict[str, Work] = {
    "rename": lambda tx, experiment, _: experiments.rename_experiment(tx, experiment, _fresh()),
    "tag": lambda tx, experiment, _: experiments.set_experiment_tag(tx, experiment, Tag("t", _fresh())),
    "delete a tag": lambda tx, experiment, _: experiments.delete_experiment_tag(tx, experiment, "t"),
    "import": _import,
    **{name: WORKS[f"{name} the experiment"] for name in ("delete", "restore")},
    "move": _move,
}
ALL_WORKS = [*WORKS.values(), *OF_EXPERIMENTS.values()]


@pytest.fixture(scope="module")
def opened_twice(engine: Engine) -> Iterator[tuple[Database, Database]]:
    with engine.twice() as databases:
        yield databases


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.booleans(), st.sampled_from(ALL_WORKS)), max_size=12))
def test_after_any_writes_by_two_processes_both_show_what_the_rows_say(
    opened_twice: tuple[Database, Database], steps: list[tuple[bool, Work]]
) -> None:
    kept = [(Documents(encoded_run), Documents(encoded_experiment)) for _ in opened_twice]

    async def look(experiment: str, run: str) -> None:
        for database, (of_runs, of_experiments) in zip(opened_twice, kept, strict=True):
            shown, fresh, found = await database.read(_shown, of_runs, experiment, run)
            assert shown == fresh
            assert found == [fresh]
            shown, fresh, found = await database.read(_shown_experiment, of_experiments, experiment)
            assert shown == fresh
            assert found == [fresh]

    async def scenario() -> None:
        run = f"run {_fresh()}"
        experiment = await opened_twice[0].write(_ended_run, run)
        await look(experiment, run)
        for by_first, work in steps:
            with contextlib.suppress(RequestError):  # not while it lies in the trash, or there is no such tag
                await opened_twice[0 if by_first else 1].write(work, experiment, run)
            await look(experiment, run)

    asyncio.run(scenario())


@pytest.mark.parametrize("name", sorted(WORKS))
def test_whatever_is_done_to_an_ended_run_makes_its_kept_document_out_of_date(store_tx: Transaction, name: str) -> None:
    kept = Documents(encoded_run)
    experiment = _ended_run(store_tx, "run")
    log_batch(store_tx, "run", [], [], [Tag("t", "v")])
    datasets.log_outputs(store_tx, "run", [ModelOutput("gone", 0)])
    if name.startswith("restore"):
        WORKS[name.replace("restore", "delete")](store_tx, experiment, "run")
    before = ask_document(store_tx, kept, "run")()
    WORKS[name](store_tx, experiment, "run")
    shown, fresh, _ = _shown(store_tx, kept, experiment, "run")
    assert shown == fresh
    assert (shown == before) == (name == "end")


@pytest.mark.parametrize("name", sorted(OF_EXPERIMENTS))
def test_whatever_is_done_to_an_experiment_makes_its_kept_document_out_of_date(
    store_tx: Transaction, name: str
) -> None:
    kept = Documents(encoded_experiment)
    experiment = make_experiment(store_tx, "experiment", [Tag("t", "v")])
    if name == "restore":
        experiments.delete_experiment(store_tx, experiment)
    before, _, _ = _shown_experiment(store_tx, kept, experiment)
    OF_EXPERIMENTS[name](store_tx, experiment, "")
    shown, fresh, found = _shown_experiment(store_tx, kept, experiment)
    assert shown == fresh
    assert found == [fresh]
    assert shown != before


def test_the_document_of_an_experiment_is_made_once_however_it_is_asked_for(store_tx: Transaction) -> None:
    made = []
    documents: Documents[Experiment] = Documents(lambda one: made.append(one.name) or encoded_experiment(one))  # type: ignore[func-returns-value]
    experiment = make_experiment(store_tx, "a")
    make_experiment(store_tx, "b")
    for _ in range(3):
        experiment_documents.ask_experiment(store_tx, documents, experiment)()
        experiment_documents.ask_experiment_by_name(store_tx, documents, "a")()
        experiment_documents.ask_experiment_page(store_tx, documents, ExperimentQuery())()
    assert made == ["a", "b"]


def test_a_document_is_made_once_for_a_run_that_has_ended_and_each_time_for_one_that_goes_on(
    store_tx: Transaction,
) -> None:
    made = []
    documents: Documents[Run] = Documents(lambda run: made.append(run.info.run_id) or encoded_run(run))  # type: ignore[func-returns-value]
    _ended_run(store_tx, "ended")
    make_run(store_tx, "1", "going on")
    for _ in range(3):
        ask_document(store_tx, documents, "ended")()
        ask_document(store_tx, documents, "going on")()
    assert sorted(made) == ["ended", "going on", "going on", "going on"]


def test_the_oldest_documents_make_room_for_new_ones(store_tx: Transaction) -> None:
    made = []
    documents: Documents[Run] = Documents(lambda run: made.append(run.info.run_id) or b"x" * 100, most_bytes=250)  # type: ignore[func-returns-value]
    for run in ("a", "b", "c", "c", "b", "a"):
        if run not in made:
            _ended_run(store_tx, run)
        ask_document(store_tx, documents, run)()
    assert made == ["a", "b", "c", "a"]


def _ended_run(tx: Transaction, run: str) -> str:
    """The id of an experiment of its own."""
    experiment = make_experiment(tx, f"of {run}")
    make_run(tx, experiment, run)
    update_run(tx, run, runs.RunChange("FINISHED", 1))
    return experiment


def _shown(tx: Transaction, documents: Documents[Run], experiment: str, run: str) -> tuple[bytes, bytes, list[bytes]]:
    """What is shown of the run, what its rows say, and what a search for it shows."""
    number = runs.run_number(tx, run)
    found, _ = find_documents(tx, documents, RunQuery(experiment_ids=[int(experiment)], view="ALL"))
    return ask_document(tx, documents, run)(), encoded_run(read_runs(tx, [number])[0]), found


def _shown_experiment(
    tx: Transaction, documents: Documents[Experiment], experiment: str
) -> tuple[bytes, bytes, list[bytes]]:
    """The same of the experiment."""
    fresh = experiments.get_experiment(tx, experiment)
    query = ExperimentQuery(filter=f"name = '{fresh.name}'", view="ALL")
    found, _ = experiment_documents.ask_experiment_page(tx, documents, query)()
    by_name = experiment_documents.ask_experiment_by_name(tx, documents, fresh.name)()
    shown = experiment_documents.ask_experiment(tx, documents, experiment)()
    assert by_name == shown
    return shown, encoded_experiment(fresh), found
