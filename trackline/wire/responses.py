"""What clients get: MLflow's JSON. Numbers that JSON does not know travel as "NaN", "Infinity", "-Infinity"."""

from __future__ import annotations

import math
from struct import Struct
from typing import Any

import msgspec
import numpy as np

from trackline.domain.entities import Experiment, LoggedModel, Metric, Run
from trackline.domain.points import Column, Series

JSON, PACKED = "application/json", "application/octet-stream"


def encode(value: Any) -> bytes:
    return _ENCODER.encode(value)


def packed(value: Any) -> bytes:
    """`value` as JSON in which each column of numbers is their count, and behind that the columns (docs/api.md)."""
    columns: list[bytes] = []

    def counted(column: Column) -> int:
        columns.append(column.astype("<f8").tobytes())
        return len(column)

    head = msgspec.json.encode(value, enc_hook=counted)
    head += b" " * (-(len(head) + _SIZE.size) % _ALIGNED)
    return b"".join([_SIZE.pack(len(head)), head, *columns])


def _spelled(column: Column) -> list[float | str]:
    numbers: list[float | str] = column.tolist()
    return numbers if np.isfinite(column).all() else [number(float(one)) for one in numbers]


_ENCODER = msgspec.json.Encoder(enc_hook=_spelled)
_SIZE = Struct("<I")  # of the JSON, in bytes
_ALIGNED = 8  # bytes: where columns begin, as browsers want it


def number(value: float) -> float | str:
    """`value` as JSON can carry it, spelled as protobuf does."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def experiment(value: Experiment) -> dict[str, Any]:
    return {**msgspec.to_builtins(value), "workspace": "default"}


def run(value: Run) -> Any:
    return _with_spelled_numbers(value, value.data.metrics)


def encoded_run(value: Run) -> bytes:
    return encode(run(value))


def encoded(document: bytes) -> Any:
    """JSON that is encoded already, as a part of an answer."""
    return msgspec.Raw(document)


def logged_model(value: LoggedModel) -> Any:
    return _with_spelled_numbers(value, value.data.metrics)


def points(key: str, series: Series, run_id: str | None = None) -> list[dict[str, Any]]:
    """One object for each point of `series`, in its order."""
    of_run = {} if run_id is None else {"run_id": run_id}
    return [
        {
            "key": key,
            "value": value if math.isfinite(value) else number(value),
            "timestamp": at,
            "step": step,
            **of_run,
        }
        for step, at, value in zip(
            series.steps.tolist(), series.timestamps.tolist(), series.values.tolist(), strict=True
        )
    ]


def page(name: str, items: list[Any], next_page_token: str | None) -> dict[str, Any]:
    """A list under its name, left out when empty, and the token where there is more."""
    answer: dict[str, Any] = {name: items} if items else {}
    if next_page_token:
        answer["next_page_token"] = next_page_token
    return answer


def _with_spelled_numbers(value: Run | LoggedModel, metrics: list[Metric]) -> Any:
    """As it is, unless one of its metrics is a number that JSON does not know."""
    if all(math.isfinite(metric.value) for metric in metrics):
        return value
    tree = msgspec.to_builtins(value)
    for item, metric in zip(tree["data"]["metrics"], metrics, strict=True):
        item["value"] = number(metric.value)
    return tree
