"""What clients get: MLflow's JSON. Numbers that JSON does not know travel as "NaN", "Infinity", "-Infinity"."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, Struct

from trackline.domain.entities import Experiment, LoggedModel, Metric, Run
from trackline.domain.tables import Column

if TYPE_CHECKING:
    from trackline.domain.points import Series

PIECE = 10_000  # points; as objects they take four times the room of their JSON

JSON, PACKED = "application/json", "application/octet-stream"


class _Point(Struct, omit_defaults=True, gc=False):
    key: str
    value: float | str
    timestamp: int
    step: int
    run_id: str | None = None


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
    return numbers if (abs(column) < math.inf).all() else [number(float(one)) for one in numbers]


_ENCODER = msgspec.json.Encoder(enc_hook=_spelled)
_SIZE = struct.Struct("<I")  # of the JSON, in bytes
_ALIGNED = 8  # bytes: where columns begin, as browsers want it


def number(value: float) -> float | str:
    """`value` as JSON can carry it, spelled as protobuf does."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def encoded_experiment(value: Experiment) -> bytes:
    return encode(value)[:-1] + b',"workspace":"default"}'


def run(value: Run) -> Any:
    return _with_spelled_numbers(value, value.data.metrics)


def encoded_run(value: Run) -> bytes:
    return encode(run(value))


def encoded(document: bytes) -> Any:
    """JSON that is encoded already, as a part of an answer."""
    return Raw(document)


def documents(found: list[bytes]) -> list[Raw]:
    """The same of many, which stand in one element of the list."""
    return [Raw(b",".join(found))] if found else []


def logged_model(value: LoggedModel) -> Any:
    return _with_spelled_numbers(value, value.data.metrics)


def points(key: str, series: Series, run_id: str | None = None) -> list[Raw]:
    """One object for each point of `series`, in its order; encoded, many objects in one element of the list."""
    starts = range(0, len(series.values), PIECE)
    return [Raw(_encoded_points(key, series.take(slice(start, start + PIECE)), run_id)) for start in starts]


def _encoded_points(key: str, series: Series, run_id: str | None) -> bytes:
    """As they stand in a list, without its brackets."""
    columns = (series.steps.tolist(), series.timestamps.tolist(), series.values.tolist())
    objects = [_Point(key, number(value), at, step, run_id) for step, at, value in zip(*columns, strict=True)]
    return encode(objects)[1:-1]


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
