"""What a training says while it goes on: params, metric points and tags, each call in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.entities import RUN_NAME_TAG, Metric, Param, Tag
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.store.keys import ask_keys
from trackline.store.logged_models import write_model_metrics
from trackline.store.metrics import points_writer
from trackline.store.params import params_writer
from trackline.store.runs import ask_living_run, living_run, rename_run
from trackline.store.tags import erase_tag, put_tags, read_tag, write_tags

LOGGED_MODELS_TAG = "mlflow.log-model.history"


def log_batch(tx: Transaction, uuid: str, metrics: Sequence[Metric], params: list[Param], tags: list[Tag]) -> None:
    """All of it or, where anything is refused, nothing."""
    ask_log_batch(tx, uuid, metrics, params, tags)()


def ask_log_batch(
    tx: Transaction, uuid: str, metrics: Sequence[Metric], params: list[Param], tags: list[Tag]
) -> Callable[[], None]:
    """As `log_batch`, which is done by calling what this returns (`tx.ask`)."""
    living = ask_living_run(tx, uuid)
    numbers = ask_keys(tx, [*(param.key for param in params), *(tag.key for tag in tags)])
    write_params = params_writer(tx, uuid, params) if params else None
    write_points = points_writer(tx, uuid, metrics) if metrics else None

    def write() -> None:
        run = living()
        keys = numbers()
        if write_params:
            write_params(run, keys)
        if write_points:
            write_points(run.id)
            write_model_metrics(tx, run, metrics)
        put_tags(tx, run.id, [tag for tag in tags if tag.key != RUN_NAME_TAG], keys)
        if names := [tag.value for tag in tags if tag.key == RUN_NAME_TAG]:
            rename_run(tx, run, names[-1])

    return write


def delete_tag(tx: Transaction, uuid: str, key: str) -> None:
    if not erase_tag(tx, living_run(tx, uuid).id, key):
        raise NotFound(f"No tag with name: {key} in run with id {uuid}")


def note_logged_model(tx: Transaction, uuid: str, model: dict[str, object]) -> None:
    """Add a model to the list that clients before MLflow 3 keep of a run's models, in a tag."""
    run = living_run(tx, uuid)
    try:
        models = msgspec.json.decode(read_tag(tx, run.id, LOGGED_MODELS_TAG) or "[]", type=list)
    except (msgspec.MsgspecError, RecursionError):
        raise InvalidParameter(
            f"The tag {LOGGED_MODELS_TAG} of run {uuid} holds something else than a list of models. "
            "Delete it, or set it to [], to note models there."
        ) from None
    write_tags(tx, run.id, [Tag(LOGGED_MODELS_TAG, json.dumps([*models, model]))])
