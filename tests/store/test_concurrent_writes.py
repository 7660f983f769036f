"""What holds when many write at the same moment, on every database."""

from __future__ import annotations

import asyncio

from tests.store.made import ROOT, make_experiment, make_registered, make_run, make_version
from trackline.db.database import Database
from trackline.domain.entities import Metric, Param, Tag
from trackline.domain.errors import AlreadyExists, InvalidParameter
from trackline.domain.filters import HistoryQuery
from trackline.store.experiments import (
    create_experiment,
    delete_experiment,
    get_experiment,
    rename_experiment,
    set_experiment_tag,
)
from trackline.store.histories import history
from trackline.store.logging import log_batch
from trackline.store.registry.aliases import set_alias
from trackline.store.registry.history import read_history
from trackline.store.registry.models import rename_registered_model
from trackline.store.registry.versions import Transition, transition_stage
from trackline.store.runs import run_number

MANY = 40


def test_batches_for_one_run_are_all_kept_and_counted_while_they_are_sealed(database: Database) -> None:
    def points(number: int) -> list[Metric]:
        return [Metric("loss", float(step), step, step) for step in range(number * 30, number * 30 + 30)]

    async def scenario() -> None:
        await database.write(lambda tx: make_run(tx, make_experiment(tx, "e"), "run"))
        await asyncio.gather(*(database.write(log_batch, "run", points(number), [], []) for number in range(MANY)))
        series = await database.read(lambda tx: history(tx, run_number(tx, "run"), "loss"))
        assert series.steps.tolist() == list(range(30 * MANY))
        counted = await database.read(lambda tx: tx.rows("SELECT points, value FROM metric_summaries"))
        assert counted == [(30 * MANY, 30.0 * MANY - 1)]

    asyncio.run(scenario())


def test_new_names_said_in_any_order_get_one_number_each(database: Database) -> None:
    names = [f"name {number}" for number in range(50)]

    async def scenario() -> None:
        experiment = await database.write(make_experiment, "e")
        for number in range(MANY):
            await database.write(make_run, experiment, f"run-{number}")
        said = [names if number % 2 else names[::-1] for number in range(MANY)]
        params = [[Param(name, "v") for name in order] for order in said]
        await asyncio.gather(
            *(database.write(log_batch, f"run-{number}", [], params[number], []) for number in range(MANY))
        )
        kept = await database.read(lambda tx: tx.rows("SELECT count(*) FROM keys WHERE name LIKE 'name %'"))
        assert kept == [(50,)]

    asyncio.run(scenario())


def test_tags_said_of_one_experiment_at_the_same_moment_are_all_kept(database: Database) -> None:
    async def scenario() -> None:
        experiment = await database.write(make_experiment, "e")
        tags = [Tag(f"tag {number:02}", "v") for number in range(MANY)]
        await asyncio.gather(*(database.write(set_experiment_tag, experiment, tag) for tag in tags))
        assert (await database.read(get_experiment, experiment)).tags == tags

    asyncio.run(scenario())


def test_of_many_values_for_one_param_the_first_stays(database: Database) -> None:
    async def scenario() -> None:
        await database.write(lambda tx: make_run(tx, make_experiment(tx, "e"), "run"))
        outcomes = await asyncio.gather(
            *(database.write(log_batch, "run", [], [Param("p", str(number))], []) for number in range(MANY)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes].count(InvalidParameter) == MANY - 1

    asyncio.run(scenario())


def test_the_history_of_an_alias_is_one_chain(database: Database) -> None:
    async def scenario() -> None:
        await database.write(make_registered, "m")
        for _ in range(5):
            await database.write(make_version, "m")
        moves = [database.write(set_alias, "m", "x", 1 + number % 5, "ann") for number in range(MANY)]
        await asyncio.gather(*moves)
        entries, _ = await database.read(read_history, HistoryQuery(name="m", max_results=1000))
        chain = [(entry.before, entry.after) for entry in reversed(entries) if entry.what == "alias"]
        assert [before for before, _ in chain] == [None, *(after for _, after in chain[:-1])]

    asyncio.run(scenario())


def test_one_version_at_a_time_is_in_production_where_others_are_archived(database: Database) -> None:
    async def scenario() -> None:
        await database.write(make_registered, "m")
        for _ in range(8):
            await database.write(make_version, "m")
        moves = [Transition("m", 1 + number % 8, "Production", archive_others=True) for number in range(MANY)]
        await asyncio.gather(*(database.write(transition_stage, move, "ann") for move in moves))
        query = "SELECT count(*) FROM model_versions WHERE stage = 'Production'"
        assert await database.read(lambda tx: tx.rows(query)) == [(1,)]

    asyncio.run(scenario())


def test_of_many_that_want_one_name_one_gets_it_and_the_others_are_told(database: Database) -> None:
    async def scenario() -> None:
        made = [await database.write(make_experiment, f"e{number}") for number in range(10)]
        for number in range(10):
            await database.write(make_registered, f"m{number}")
        renamed = await asyncio.gather(
            *(database.write(rename_experiment, experiment, "wanted") for experiment in made),
            *(database.write(create_experiment, "wanted", None, [], ROOT) for _ in range(10)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in renamed].count(AlreadyExists) == 19
        models = await asyncio.gather(
            *(database.write(rename_registered_model, f"m{number}", "wanted", "ann") for number in range(10)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in models].count(AlreadyExists) == 9

    asyncio.run(scenario())


def test_no_run_begins_in_an_experiment_that_is_being_deleted(database: Database) -> None:
    async def scenario() -> None:
        experiment = await database.write(make_experiment, "e", [Tag("t", "v")])
        await asyncio.gather(
            *(database.write(make_run, experiment, f"run-{number}") for number in range(10)),
            database.write(delete_experiment, experiment),
            *(database.write(make_run, experiment, f"run-{number}") for number in range(10, 30)),
            return_exceptions=True,
        )
        living = await database.read(lambda tx: tx.rows("SELECT count(*) FROM runs WHERE lifecycle = 'active'"))
        assert living == [(0,)]

    asyncio.run(scenario())
