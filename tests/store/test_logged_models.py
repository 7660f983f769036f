from __future__ import annotations

import math

import pytest

from tests.databases import NOW_MS
from tests.store.made import get_run, make_experiment, make_model, make_run, refused
from trackline.db.transaction import Transaction
from trackline.domain.entities import LoggedModel, LoggedModelData, LoggedModelInfo, Metric, Param, Tag
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.filters import LoggedModelQuery
from trackline.store.experiments import create_experiment, delete_experiment
from trackline.store.logged_models import (
    NewModel,
    artifact_uri_of_model,
    create_logged_model,
    delete_logged_model,
    delete_model_tag,
    finalize_logged_model,
    find_models,
    get_logged_model,
    log_model_params,
    read_models,
    set_model_tags,
)
from trackline.store.logging import log_batch


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    make_experiment(store_tx, "experiment 1")
    make_run(store_tx, "1")
    return store_tx


def test_a_new_model_is_pending_and_is_what_was_said_of_it(tx: Transaction) -> None:
    params, tags = [Param("b", "2"), Param("a", "1")], [Tag("t", ""), Tag("s", "ü")]
    created = create_logged_model(tx, NewModel("m-1", "1", "forest", "sklearn", "run-1", params, tags))

    assert created == LoggedModel(
        LoggedModelInfo(
            "m-1",
            "1",
            "forest",
            NOW_MS,
            NOW_MS,
            "mlflow-artifacts:/1/models/m-1/artifacts",
            "LOGGED_MODEL_PENDING",
            "sklearn",
            "run-1",
            tags=[Tag("s", "ü"), Tag("t", "")],
        ),
        LoggedModelData([Param("a", "1"), Param("b", "2")]),
    )
    assert get_logged_model(tx, "m-1") == created


def test_artifacts_of_a_model_lie_below_those_of_its_experiment(tx: Transaction) -> None:
    elsewhere = create_experiment(tx, "elsewhere", "s3://bucket/place", [], "mlflow-artifacts:/")
    make_model(tx, elsewhere, "m-9")
    assert artifact_uri_of_model(tx, "m-9") == "s3://bucket/place/models/m-9/artifacts"


def test_a_model_goes_into_a_living_experiment_only(tx: Transaction) -> None:
    with refused(tx, NotFound, "No Experiment with id=99 exists"):
        make_model(tx, "99")
    with refused(tx, InvalidParameter, "must be a valid integer"):
        make_model(tx, "x")
    delete_experiment(tx, "1")
    with refused(tx, InvalidParameter, "must be in the 'active' state"):
        make_model(tx, "1")


def test_the_end_of_the_upload_is_noted(tx: Transaction) -> None:
    make_model(tx, "1")
    tx.now_ms += 5
    finished = finalize_logged_model(tx, "m-1", "LOGGED_MODEL_READY")
    assert finished.info.status == "LOGGED_MODEL_READY"
    assert (finished.info.creation_timestamp_ms, finished.info.last_updated_timestamp_ms) == (NOW_MS, NOW_MS + 5)
    assert finalize_logged_model(tx, "m-1", "LOGGED_MODEL_UPLOAD_FAILED").info.status == "LOGGED_MODEL_UPLOAD_FAILED"


def test_a_deleted_model_is_gone_from_sight(tx: Transaction) -> None:
    make_model(tx, "1")
    make_model(tx, "1", "m-2")
    delete_logged_model(tx, "m-1")
    with refused(tx, NotFound, "Logged model with ID 'm-1' not found"):
        get_logged_model(tx, "m-1")
    assert get_logged_model(tx, "m-1", deleted_too=True).info.model_id == "m-1"
    found, token = find_models(tx, LoggedModelQuery(experiment_ids=[1]))
    assert ([model.info.model_id for model in found], token) == (["m-2"], None)


def test_what_does_not_exist_is_not_found(tx: Transaction) -> None:
    make_model(tx, "1")
    for work in (
        lambda: get_logged_model(tx, "m-nope"),
        lambda: artifact_uri_of_model(tx, "m-nope"),
        lambda: finalize_logged_model(tx, "m-nope", "LOGGED_MODEL_READY"),
        lambda: delete_logged_model(tx, "m-nope"),
        lambda: set_model_tags(tx, "m-nope", [Tag("t", "1")]),
        lambda: delete_model_tag(tx, "m-nope", "t"),
        lambda: log_model_params(tx, "m-nope", [Param("p", "1")]),
    ):
        with refused(tx, NotFound, "Logged model with ID 'm-nope' not found"):
            work()
    with refused(tx, NotFound, "No tag with key 't' found for model with ID 'm-1'"):
        delete_model_tag(tx, "m-1", "t")


def test_tags_and_params_come_and_go_with_their_model_only(tx: Transaction) -> None:
    make_model(tx, "1", "m-1")
    make_model(tx, "1", "m-2", [Param("p", "other")])
    set_model_tags(tx, "m-1", [Tag("t", "1"), Tag("u", "1"), Tag("t", "2")])
    set_model_tags(tx, "m-2", [Tag("t", "other")])
    set_model_tags(tx, "m-1", [])
    log_model_params(tx, "m-1", [Param("p", "1"), Param("q", "2")])
    log_model_params(tx, "m-1", [])

    delete_model_tag(tx, "m-1", "u")

    first, second = get_logged_model(tx, "m-1"), get_logged_model(tx, "m-2")
    assert (first.info.tags, first.data.params) == ([Tag("t", "2")], [Param("p", "1"), Param("q", "2")])
    assert (second.info.tags, second.data.params) == ([Tag("t", "other")], [Param("p", "other")])


def test_points_that_name_a_model_belong_to_run_and_model(tx: Transaction) -> None:
    make_model(tx, "1", "m-1")
    make_model(tx, "1", "m-2")
    on_data = Metric("accuracy", 0.9, 1, 1, "m-1", "iris", "1")
    on_none = Metric("accuracy", 0.8, 2, 2, "m-1")
    of_other = Metric("accuracy", math.inf, 3, 3, "m-2")
    log_batch(tx, "run-1", [on_data, on_none, of_other, Metric("accuracy", 0.1, 4, 4)], [], [])
    log_batch(tx, "run-1", [on_data], [], [])

    def of_run(metric: Metric) -> Metric:
        return Metric(
            metric.key,
            metric.value,
            metric.timestamp,
            metric.step,
            metric.model_id,
            metric.dataset_name,
            metric.dataset_digest,
            "run-1",
        )

    by_step = sorted(get_logged_model(tx, "m-1").data.metrics, key=lambda metric: metric.step)
    assert by_step == [of_run(on_data), of_run(on_none)]
    assert get_logged_model(tx, "m-2").data.metrics == [of_run(of_other)]
    assert get_run(tx, "run-1").data.metrics == [Metric("accuracy", 0.1, 4, 4)]


def test_not_a_number_is_kept_for_a_model_once(tx: Transaction) -> None:
    make_model(tx, "1")
    for _ in range(2):
        log_batch(tx, "run-1", [Metric("m", math.nan, 1, 1, "m-1")], [], [])
    (metric,) = get_logged_model(tx, "m-1").data.metrics
    assert math.isnan(metric.value)


def test_many_are_read_in_the_order_asked_for(tx: Transaction) -> None:
    for letter in "abc":
        make_model(tx, "1", letter, [Param("p", letter)])
        set_model_tags(tx, letter, [Tag("t", letter)])
        log_batch(tx, "run-1", [Metric(letter, 1.0, 1, 1, letter)], [], [])
    numbers = [number for (number,) in tx.rows("SELECT id FROM logged_models ORDER BY model_id")]

    found = read_models(tx, [numbers[2], numbers[0], 999, numbers[1]])

    assert [model.info.model_id for model in found] == ["c", "a", "b"]
    for model in found:
        letter = model.info.model_id
        assert (model.info.tags, model.data.params) == ([Tag("t", letter)], [Param("p", letter)])
        assert [metric.key for metric in model.data.metrics] == [letter]
