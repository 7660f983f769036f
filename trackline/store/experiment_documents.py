"""Whole experiments: one statement for those whose documents are kept, one more for the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from trackline.db.transaction import Transaction
from trackline.domain.entities import Experiment
from trackline.domain.errors import NotFound
from trackline.domain.filters import ExperimentQuery
from trackline.domain.limits import experiment_number
from trackline.store.editions import Documents
from trackline.store.experiments import name_not_found, not_found, read_experiments
from trackline.store.search import ask_experiments


def ask_experiment_page(
    tx: Transaction, documents: Documents[Experiment], query: ExperimentQuery
) -> Callable[[], tuple[list[bytes], str | None]]:
    """The documents of one page of what is searched for, and the token of the next, which come by calling what this
    returns (`tx.ask`). Raises InvalidParameter.
    """
    found = ask_experiments(tx, query)

    def page() -> tuple[list[bytes], str | None]:
        editions, token = found()
        return documents.of(editions, partial(read_experiments, tx)), token

    return page


def ask_experiment(tx: Transaction, documents: Documents[Experiment], experiment_id: str) -> Callable[[], bytes]:
    """The experiment's document, which comes by calling what this returns (`tx.ask`)."""
    number = experiment_number(experiment_id)
    return _ask(tx, documents, "id = :value", number, not_found(experiment_id))


def ask_experiment_by_name(tx: Transaction, documents: Documents[Experiment], name: str) -> Callable[[], bytes]:
    return _ask(tx, documents, "name = :value", name, name_not_found(name))


def _ask(
    tx: Transaction, documents: Documents[Experiment], condition: str, value: int | str, refusal: NotFound
) -> Callable[[], bytes]:
    """Of the one experiment that fulfils the condition."""
    found = tx.ask(f"SELECT id, edition FROM experiments WHERE {condition}", {"value": value})

    def document() -> bytes:
        rows = found()
        if not rows:
            raise refusal
        return documents.of(rows, partial(read_experiments, tx))[0]

    return document
