"""Where Trackline answers otherwise than MLflow on purpose, and why. Each entry is used by some case."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Exchange = dict[str, Any]
# Of MLflow's exchange and Trackline's: is this an answer that Trackline may give?
Accepts = Callable[[Exchange, Exchange], bool]

REFUSALS = ("INVALID_PARAMETER_VALUE", "RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST", "BAD_REQUEST")
LARGEST = 1.7976931348623157e308


@dataclass(frozen=True)
class Difference:
    """With `mlflow_too` the answer may also be MLflow's own; otherwise that one would be wrong."""

    why: str
    accepts: Accepts
    mlflow_too: bool = False


def refused(_: Exchange, answered: Exchange) -> bool:
    body = answered["body"]
    return (
        400 <= answered["status"] < 500
        and answered["type"] == "application/json"
        and isinstance(body, dict)
        and body.get("error_code") in REFUSALS
    )


def done(_: Exchange, answered: Exchange) -> bool:
    return bool(answered["status"] == 200)


def body_is(body: Any) -> Accepts:
    return lambda _, answered: answered["status"] == 200 and answered["body"] == body


def alike_after(change: Callable[[Any], Any]) -> Accepts:
    """Trackline's body is MLflow's with `change` made to each value in it; all else is the same."""

    def accepts(mlflow: Exchange, answered: Exchange) -> bool:
        wanted = mlflow | {"body": _everywhere(change, mlflow["body"])}
        return json.dumps(wanted, sort_keys=True) == json.dumps(answered, sort_keys=True)

    return accepts


def _everywhere(change: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _everywhere(change, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_everywhere(change, item) for item in value]
    return change(value)


def _not_finite(value: Any) -> Any:
    spelled = {LARGEST: "Infinity", -LARGEST: "-Infinity", "<NaN without quotes>": "NaN"}
    return spelled.get(value, value)


def _no_endpoint(_: Exchange, answered: Exchange) -> bool:
    body = answered["body"]
    known = isinstance(body, dict) and body.get("error_code") != "ENDPOINT_NOT_FOUND"
    return answered["status"] == 404 and not known


def _with_registrations(mlflow: Exchange, answered: Exchange) -> bool:
    listed = answered["body"]["model"]["info"].pop("registrations", None)
    return bool(listed and answered == mlflow)


def _with_model_inputs(mlflow: Exchange, answered: Exchange) -> bool:
    for run in answered["body"]["runs"]:
        run["inputs"].pop("model_inputs", None)
    return bool(answered == mlflow)


DIFFERENCES = {
    "not a crash": Difference(
        "MLflow fails with status 500, mostly as an HTML page; a request that cannot be understood is the "
        "sender's fault and gets MLflow's error JSON.",
        refused,
    ),
    "not ignored": Difference(
        "MLflow drops a field of the wrong type, and all that follow it, and answers 200: a training would "
        "record something else than it sent.",
        refused,
    ),
    "not retried": Difference(
        "Clients send again for minutes what was answered with 500, and this can never succeed.",
        lambda _, answered: answered["status"] == 409 and answered["body"]["error_code"] == "INVALID_STATE",
    ),
    "says why": Difference(
        "MLflow takes a body that it cannot read for an empty one and misses a field that is there.",
        refused,
        mlflow_too=True,
    ),
    "no SQL in messages": Difference(
        "MLflow's refusal is the database's, in its words and with a code of no meaning.",
        refused,
        mlflow_too=True,
    ),
    "sent again": Difference(
        "A write that repeats another is carried out, the last value counts, as in a batch; MLflow refuses it "
        "in the database's words.",
        done,
    ),
    "error JSON": Difference(
        "A web framework's error form answers here in MLflow; one form is enough for clients.", refused
    ),
    "more of the language": Difference("Trackline's filters and orders can say more than MLflow's.", done),
    "the same in other words": Difference(
        "The request says clearly what it wants, in a spelling that MLflow knows elsewhere.",
        done,
        mlflow_too=True,
    ),
    "half a filter": Difference(
        "MLflow reads clauses with no AND between them, and AND with no clause beside it; what is meant can "
        "only be guessed.",
        refused,
    ),
    "too large": Difference("A number that no double can hold is not infinity.", refused),
    "NUL": Difference(
        "PostgreSQL cannot store the character NUL, so no name or value may hold it.", refused, mlflow_too=True
    ),
    "outside": Difference(
        "A path that leads out of the artifacts names nothing that permissions could be looked up for.", refused
    ),
    "backslash": Difference("A backslash leads out of a folder on some systems.", refused),
    "nameless dataset": Difference(
        "MLflow means to refuse a dataset without name, digest or source, but its check never sees one.", refused
    ),
    "not finite": Difference(
        "MLflow keeps an infinity as the largest double, and writes NaN in a way that is not JSON.",
        alike_after(_not_finite),
    ),
    "without quotes": Difference(
        "Python's JSON writes NaN and infinities bare; MLflow answers 200 and stores 0.",
        body_is(["NaN", "Infinity", "-Infinity"]),
    ),
    "NaN of a model": Difference("MLflow keeps NaN for runs and makes it 0 for models.", body_is("NaN")),
    "any digest": Difference(
        "A dataset named without a digest stands for all of them, as the client's documentation says; MLflow "
        "finds nothing.",
        body_is(["delta", "Beta", "alpha"]),
    ),
    "inputs of found runs": Difference(
        "MLflow forgets a run's input models when it was found by a search.", _with_model_inputs, mlflow_too=True
    ),
    "an empty file": Difference(
        "MLflow says nothing of the size of an empty file, as if it were a folder.",
        body_is({"files": [{"file_size": 0, "is_dir": False, "path": "empty"}]}),
    ),
    "not kept here": Difference(
        "A version may only stand for artifacts that this server keeps: MLflow believes the address of any object "
        "store, and of a run that there is not.",
        refused,
    ),
    "named once": Difference(
        "A source of this server names its run, its model or its version itself; MLflow wants it named a second time.",
        done,
    ),
    "registrations": Difference(
        "MLflow's protocol says where the versions of a logged model are listed; its server leaves that out.",
        _with_registrations,
    ),
    "a filter for prompts": Difference(
        "MLflow drops a clause on the mark of prompts that has another comparison than = and !=, and finds all that "
        "are none.",
        body_is(["prompt"]),
    ),
    "a page of nothing": Difference(
        "MLflow answers a page without room with nothing, and a token that leads to the same again.", refused
    ),
    "plain version": Difference(
        "MLflow calls its bare version number an HTML page.",
        lambda _, answered: answered["status"] == 200 and answered["type"].startswith("text/plain"),
    ),
    "no page": Difference(
        "The page behind a 404 is for people; clients look at the status and an error code.",
        _no_endpoint,
        mlflow_too=True,
    ),
    "no method": Difference(
        "The page behind a 405 is for people; clients look at the status.",
        lambda _, answered: answered["status"] == 405,
        mlflow_too=True,
    ),
}
