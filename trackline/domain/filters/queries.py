"""What can be searched for: the requests as values. Ids are the integer ids of the store."""

from __future__ import annotations

from msgspec import Struct

from trackline.domain.entities import ViewType


class RunQuery(Struct, frozen=True, kw_only=True):
    """`words`: each must stand, in any case, in the run's name, user, params or tags, or begin its id.

    `top`: only runs whose parent is not among those that could be found without filter and words.
    """

    experiment_ids: list[int]
    filter: str = ""
    words: list[str] = []
    top: bool = False
    order_by: list[str] = []
    view: ViewType = "ACTIVE_ONLY"
    max_results: int = 1000
    page_token: str | None = None


class ExperimentQuery(Struct, frozen=True, kw_only=True):
    filter: str = ""
    order_by: list[str] = []
    view: ViewType = "ACTIVE_ONLY"
    max_results: int = 1000
    page_token: str | None = None


class DatasetRef(Struct, frozen=True):
    """A dataset that metrics were measured on; without a digest, any version of it."""

    dataset_name: str
    dataset_digest: str | None = None


class ModelOrder(Struct, frozen=True):
    """A column, or `metrics.<key>`: its latest value, on the named dataset where one is named."""

    field_name: str
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


class LoggedModelQuery(Struct, frozen=True, kw_only=True):
    experiment_ids: list[int]
    filter: str = ""
    datasets: list[DatasetRef] = []
    order_by: list[ModelOrder] = []
    max_results: int = 50
    page_token: str | None = None


class RegisteredModelQuery(Struct, frozen=True, kw_only=True):
    filter: str = ""
    order_by: list[str] = []
    max_results: int = 100
    page_token: str | None = None


class HistoryQuery(Struct, frozen=True, kw_only=True):
    """What happened to a registered model, or to one version of it."""

    name: str
    version: int | None = None
    max_results: int = 100
    page_token: str | None = None


class ModelVersionQuery(Struct, frozen=True, kw_only=True):
    filter: str = ""
    order_by: list[str] = []
    max_results: int = 200_000
    page_token: str | None = None
