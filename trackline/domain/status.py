"""How a server is, as values. Field names are the wire's; times are milliseconds since 1970, UTC, sizes bytes."""

from __future__ import annotations

from msgspec import Struct


class Counts(Struct, frozen=True):
    """What there is, with what lies in the trash. `metrics` are the series of all runs, `points` their points."""

    experiments: int
    runs: int
    metrics: int
    points: int
    registered_models: int
    model_versions: int
    logged_models: int
    users: int


class Waiting(Struct, frozen=True):
    """Messages to webhooks that are still to be delivered, and those that were given up."""

    deliveries: int
    dead_letters: int


class DatabaseStatus(Struct, frozen=True):
    """`version` of the database's own program; `size` in bytes."""

    version: str
    size: int
    counts: Counts
    waiting: Waiting


class StoreStatus(Struct, frozen=True):
    """A place of artifacts; `problem` is what keeps it from being read, "" if nothing does."""

    place: str
    problem: str


class ServerStatus(Struct, frozen=True):
    """`mlflow` is the release whose API this is. `begun` is when the server started.

    New experiments have their artifacts below `artifact_root`; what clients send through the server is at
    `artifacts_place`.
    """

    version: str
    mlflow: str
    python: str
    begun: int
    sign_in: bool
    database_place: str
    database: DatabaseStatus
    artifacts_place: str
    artifact_root: str
    stores: list[StoreStatus]
