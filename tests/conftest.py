"""Databases for tests: each kind migrated once, then a copy for each test that wants one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.databases import Engine, Postgres, Sqlite
from tests.postgres import UNSYNCED, Cluster, cluster
from trackline.db.database import Database
from trackline.db.transaction import Transaction

# On a busy machine any example may take long; what never ends is pytest's to find (faulthandler_timeout).
settings.register_profile("trackline", deadline=None)
settings.load_profile("trackline")


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    with cluster(*UNSYNCED) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_engine(postgres_cluster: Cluster) -> Postgres:
    return Postgres(postgres_cluster)


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each kind of database: what asks for it is tested on all of them."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def database_file(sqlite_engine: Sqlite, tmp_path: Path) -> Path:
    """For tests of what is SQLite's own."""
    return Path(shutil.copy(sqlite_engine.template, tmp_path / "trackline.db"))


@pytest.fixture
def store_tx(engine: Engine) -> Iterator[Transaction]:
    """An open transaction, for functions of the store; it is rolled back in the end."""
    with engine.transaction() as tx:
        yield tx


@pytest.fixture
def database(engine: Engine) -> Iterator[Database]:
    with engine.database() as database:
        yield database
