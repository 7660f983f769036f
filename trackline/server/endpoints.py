"""What the table of endpoints is made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from trackline.server.access import UNDECLARED, Needs

API = ("/api/2.0/mlflow", "/ajax-api/2.0/mlflow")
AJAX = ("/ajax-api/2.0/mlflow",)
API_3 = ("/api/3.0/mlflow", "/ajax-api/3.0/mlflow")
PROXY = ("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts")
TRACKLINE = ("/api/trackline",)
ROOT = ("",)


class Call(NamedTuple):
    """An endpoint that takes a request of one shape and answers JSON; where that is `noted`, also who asks.

    `reads`: it only reads, and enough for a read replica. `packed`: its columns of numbers follow the JSON.
    """

    method: str
    path: str
    shape: type[Any]
    endpoint: Callable[..., Awaitable[Any]]
    api: tuple[str, ...] = API
    noted: bool = False
    needs: Needs = UNDECLARED
    reads: bool = False
    packed: bool = False


class Raw(NamedTuple):
    """An endpoint that reads and answers for itself."""

    method: str
    path: str
    endpoint: Callable[[Request], Awaitable[Response]]
    api: tuple[str, ...]
    needs: Needs = UNDECLARED


R = TypeVar("R", Call, Raw)


def needing(needs: Needs, *routes: R) -> tuple[R, ...]:
    """These endpoints, each of which needs this of the one who asks."""
    return tuple(route._replace(needs=needs) for route in routes)


def reading(needs: Needs, *calls: Call) -> tuple[Call, ...]:
    """The same of those that only read, and enough that a read replica does it where there is one."""
    return tuple(call._replace(needs=needs, reads=True) for call in calls)
