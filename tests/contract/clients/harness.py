"""What the scenarios share. They run inside a client's environment and talk to `mlflow` only."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import mlflow
from mlflow.exceptions import MlflowException

from tests.contract.clients.catalogue import version

CLIENT = version(mlflow.__version__)
Scenario = Callable[[str], None]


def scenario(since: str, *, slow: bool = False) -> Callable[[Scenario], Scenario]:
    """Marks a scenario and the oldest client generation that has what it uses; `make test` leaves slow ones out.

    A scenario gets the id of an experiment of its own, which is the active one, and an empty working
    folder. It asserts and prints nothing.
    """
    return lambda function: function


@contextmanager
def refused(code: str, saying: str = "") -> Iterator[None]:
    """The block must end with the server's refusal: this error code, and a message with these words."""
    try:
        yield
    except MlflowException as error:
        assert error.error_code == code, f"{error.error_code} instead of {code}: {error}"
        assert saying.lower() in str(error).lower(), str(error)
    else:
        raise AssertionError(f"accepted; {code} was due")


@contextmanager
def environment(**settings: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def warnings_of_mlflow() -> Iterator[list[str]]:
    """Collects what the client logs at level WARNING and above: it swallows many failures into these."""
    messages: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("mlflow")
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)


def names(runs: list[mlflow.entities.Run]) -> list[str]:
    return [run.info.run_name for run in runs]
