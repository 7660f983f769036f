"""What clients send to the model registry: one shape for each endpoint, with MLflow's field names."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct

from trackline.domain.entities import Int64
from trackline.domain.filters import ModelVersionQuery, RegisteredModelQuery
from trackline.domain.limits import check_page_size
from trackline.wire.requests import Text

Query = TypeVar("Query", RegisteredModelQuery, ModelVersionQuery)


class RegistryTagIn(Struct):
    """A tag of a request that makes something: one without a key is refused by the rule for keys."""

    key: str = ""
    value: str | None = None


class CreateRegisteredModel(Struct):
    name: Text
    tags: list[RegistryTagIn] | None = None
    description: str | None = None


class ModelName(Struct):
    name: Text


class UpdateRegisteredModel(Struct):
    name: Text
    description: str | None = None


class RenameRegisteredModel(Struct):
    name: Text
    new_name: Text


class SearchRegistry(Struct):
    filter: str | None = None
    max_results: Int64 | None = None
    order_by: list[str] | None = None
    page_token: str | None = None

    def query(self, kind: type[Query], default: int, most: int) -> Query:
        """`default`, `most`: results in a page, where none are given and at the most."""
        results = default if self.max_results is None else self.max_results
        check_page_size(results, most)
        return kind(
            filter=self.filter or "", order_by=self.order_by or [], max_results=results, page_token=self.page_token
        )


class LatestVersions(Struct):
    name: Text
    stages: list[str] | None = None


class SetModelTag(Struct):
    name: Text
    key: Text
    value: str | None = None


class DeleteModelTag(Struct):
    name: Text
    key: Text


class AliasName(Struct):
    name: Text
    alias: Text


class SetAlias(Struct):
    name: Text
    alias: Text
    version: Text


class CreateModelVersion(Struct):
    name: Text
    source: Text
    run_id: str | None = None
    tags: list[RegistryTagIn] | None = None
    run_link: str | None = None
    description: str | None = None
    model_id: str | None = None


class Version(Struct):
    name: Text
    version: Text


class DownloadUri(Struct):
    name: str = ""
    version: str = ""


class UpdateModelVersion(Struct):
    name: Text
    version: Text
    description: str | None = None


class TransitionStage(Struct):
    name: Text
    version: Text
    stage: Text
    archive_existing_versions: bool | None = None


class SetVersionTag(Struct):
    name: Text
    version: Text
    key: Text
    value: str | None = None


class DeleteVersionTag(Struct):
    name: Text
    version: Text
    key: Text


class History(Struct):
    """Of a model, or with `version` of one version of it."""

    name: Text
    version: str | None = None
    max_results: Int64 | None = None
    page_token: str | None = None


class AtMoment(Struct):
    """`stage` or `alias`."""

    name: Text
    time: Text
    stage: str | None = None
    alias: str | None = None
