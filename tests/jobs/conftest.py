"""Histories of real MLflows, each made once in a session."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.jobs.importers.made import mlflow


@pytest.fixture(scope="session")
def made_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the database that this MLflow has made, in a folder of its own with its artifacts."""

    @cache
    def made(version: str) -> Path:
        folder = tmp_path_factory.mktemp(f"mlflow-{version}")
        mlflow(version, folder, "make", f"sqlite:///{folder / 'mlflow.db'}", str(folder / "artifacts"))
        return folder / "mlflow.db"

    return made


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the mlruns folder that this MLflow has made."""

    @cache
    def made(version: str) -> Path:
        folder = tmp_path_factory.mktemp(f"mlruns-{version}")
        mlflow(version, folder, "make", str(folder / "mlruns"), str(folder / "artifacts"))
        return folder / "mlruns"

    return made


@pytest.fixture
def mlflow_database(made_database: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of the database of MLflow 3.17."""
    return Path(shutil.copy(made_database("3.17"), tmp_path / "mlflow.db"))
