"""A valid request for every endpoint of the table, made from its shape, about things that some users may not see."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from trackline.server.endpoints import Call, Raw

SUBJECT = "subject"  # the user whom requests about users are about
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Things:
    """What was made for the tests: an experiment with a run and a logged model, and a registered model."""

    experiment: str
    run: str
    logged_model: str
    model: str


def request_for(route: Call | Raw, things: Things) -> tuple[str, str, dict[str, Any]]:
    """Method, path, and what httpx takes beside them."""
    values = _values(things) | _OF_PATH.get(route.path, {})
    path = route.api[0] + re.sub(r"\{(\w+)(:path)?\}", lambda part: str(values[part[1]]), route.path)
    if isinstance(route, Raw):
        body: dict[str, Any] = {"content": b"x"} if route.method in ("PUT", "POST") else {}
        if route.path == "/login":
            body = {"json": {"username": SUBJECT, "password": PASSWORD}}
        return route.method, path, {"params": _QUERIES(things).get(route.path, {}), **body}
    given = {
        field.name: values[field.name]
        for field in msgspec.structs.fields(route.shape)
        if field.required or field.name in _ALSO_GIVEN
    }
    given = {name: _listed(value) if _is_list(route, name) else value for name, value in given.items()}
    if route.method == "GET":
        return route.method, path, {"params": given}
    content = {"content": json.dumps(given), "headers": {"content-type": "application/json"}}
    return route.method, path, content


_ALSO_GIVEN = {"run_id", "experiment_id", "experiment_ids", "name", "version", "metric_key", "stage", "max_results"}
_ALSO_GIVEN |= {"keep_best", "metric", "goal"}
_OF_PATH: dict[str, dict[str, Any]] = {
    "/experiments/create": {"name": "another experiment"},
    "/registered-models/create": {"name": "another model"},
    "/roles/create": {"name": "another role"},
    "/roles/update": {"name": "another role"},
    "/tokens": {"name": "token"},
    "/webhooks": {"name": "hook"},
    "/users/create": {"username": "another"},
    "/users/delete": {"username": "another"},
    "/experiments/{experiment_id}/views": {"query": "", "replace": True},
    "/keys": {"kind": "metric"},
    "/values": {"field": "params.p"},
    "/curves": {"key": "k"},
}


def _values(things: Things) -> dict[str, Any]:
    return {
        "experiment_id": things.experiment,
        "experiment_ids": [things.experiment],
        "experiment_name": things.model,
        "max_results": 100,
        "new_name": things.model,
        "run_id": things.run,
        "run_ids": [things.run],
        "model_id": things.logged_model,
        "models": [{"model_id": things.logged_model}],
        "name": things.model,
        "version": "1",
        "source": f"runs:/{things.run}/model",
        "alias": "champion",
        "stage": "Staging",
        "time": "2026-01-31",
        "key": "k",
        "tag_key": "k",
        "value": "1",
        "timestamp": 1,
        "status": "LOGGED_MODEL_READY",
        "metric_key": "k",
        "model_json": json.dumps({"artifact_path": "m", "flavors": {}, "utc_time_created": "", "run_id": things.run}),
        "path": f"{things.experiment}/file",
        "folder": things.experiment,
        "upload_id": "u",
        "parts": [{"part_number": 1, "etag": "e"}],
        "username": SUBJECT,
        "password": PASSWORD,
        "secret": "guessed",
        "keep_best": 10,
        "metric": "k",
        "goal": "min",
        "is_admin": False,
        "permission": "READ",
        "resource_type": "experiment",
        "resource_id": things.experiment,
        "resource_pattern": things.experiment,
        "role_id": 1,
        "role_permission_id": 1,
        "webhook_id": "none",
        "number": 1,
        "url": "https://127.0.0.1/hook",
        "events": [{"entity": "REGISTERED_MODEL", "action": "CREATED"}],
        "reference": f"{things.model}/1",
        "rest": "x",
    }


def _QUERIES(things: Things) -> dict[str, dict[str, str]]:  # noqa: N802 a table
    return {
        "/live": {"topics": f"run:{things.run},experiment:{things.experiment}"},
        "/get-artifact": {"run_id": things.run, "path": "file"},
        "/model-versions/get-artifact": {"name": things.model, "version": "1", "path": "file"},
        "/runs.csv": {"experiment_id": things.experiment},
        "/runs.json": {"experiment_id": things.experiment},
        "/artifacts.tar": {"run_id": things.run},
        "/artifacts/folder": {"run_id": things.run},
        "/artifacts/file": {"model_id": things.logged_model, "path": "file"},
        "/artifacts/shown": {"name": things.model, "version": "1", "path": "file"},
        "/artifacts/list": {"run_id": things.run},
        "/upload-artifact": {"run_uuid": things.run, "path": "file"},
        "/logged-models/{model_id}/artifacts/files": {"artifact_file_path": "file"},
        "/artifacts": {"path": things.experiment},
    }


def _is_list(route: Call, name: str) -> bool:
    kind = next(field.type for field in msgspec.structs.fields(route.shape) if field.name == name)
    return "list[" in str(kind).lower()


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]
