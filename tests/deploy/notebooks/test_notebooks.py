"""The example notebooks run from beginning to end against a real server and a real object store."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.arrangements.stage import make_bucket
from tests.databases import Postgres
from tests.object_stores import S3Server, or_skip, s3_store
from tests.servers import ROOT, Server, clean_environment, running_server
from tools.notebooks import FOLDER, LANGUAGES, notebook, sources
from tools.tool_environments import environment

API = "/api/2.0/mlflow"
BUCKET = "notebooks"
KEY = urlsafe_b64encode(bytes(32)).decode()
PATIENCE = 500  # seconds; a busy machine takes one or two minutes for each

# Of each notebook, what must be among what its cells print.
PRINTED = {
    "01-tracking": ["{'accuracy': 0.93}", "50 points, the last is 0.02"],
    "02-artifacts": ["mlflow-artifacts\n", "trained on iris", "accuracy after loading: 0.97", "True\nprediction: [0]"],
    "03-autolog": ["n_estimators: 30", "'RandomForestRegressor_score_x_test'"],
    "04-nested-runs": ["5 children, the worst: 0.9"],
    "05-grid-search": ["best: {'svc__C'", "6 candidates"],
    "06-pipeline": ["modelo1, version 1", "accuracy over 0.9: True"],
    "07-production": [
        "newest version: 1 stage: None",
        "stage now: Production",
        "leaves? [1, 0]",
        "the same answer: True",
    ],
    "08-comparing": ["depth 16, leaf 1", "params.leaf"],
}
MOVING = "09-postgresql"
BUILDS_ON = {"07-production": "06-pipeline"}


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notebooks_are_those_of_their_source_without_outputs(source: Path, language: str) -> None:
    written = (FOLDER / language / f"{source.stem}.ipynb").read_text()

    assert written == notebook(source.read_text(), language), "write them anew: python -m tools.notebooks"


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
def test_both_languages_say_as_much(source: Path) -> None:
    english, spanish = (
        [
            (cell["cell_type"], len(cell["source"]) > 0)
            for cell in json.loads(notebook(source.read_text(), language))["cells"]
        ]
        for language in LANGUAGES
    )

    assert english == spanish


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with or_skip(s3_store(tmp_path_factory.mktemp("store"))) as store:
        make_bucket(store, BUCKET)
        yield store


@pytest.fixture(scope="module")
def server(store: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    destination = ("--artifacts-destination", f"s3://{BUCKET}/artifacts")
    with running_server(tmp_path_factory.mktemp("server"), *destination, env=store.environment()) as server:
        yield server


Execute = Callable[[str], str]


@pytest.fixture(scope="module")
def variables(server: Server, store: S3Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a notebook finds in its environment."""
    home = str(tmp_path_factory.mktemp("home"))
    return store.environment() | {"MLFLOW_TRACKING_URI": server.url, "TRACKLINE_BUCKET": BUCKET, "HOME": home}


@pytest.fixture(scope="module")
def executed(variables: dict[str, str]) -> Execute:
    """Gives what the cells of a notebook print; each is executed once, after those that it builds on."""

    @cache
    def execute(name: str) -> str:
        if name in BUILDS_ON:
            execute(BUILDS_ON[name])
        return run(name, variables)

    return execute


def run(name: str, variables: dict[str, str]) -> str:
    """One language is enough, since the code of both is the same."""
    folder = Path(variables["HOME"])
    command = [
        *(str(environment("notebooks")), "-m", "nbconvert", "--to", "notebook", "--execute"),
        *("--log-level", "WARN", "--output-dir", str(folder), str(FOLDER / "es" / f"{name}.ipynb")),
    ]
    done = subprocess.run(
        command, env=clean_environment(**variables), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return printed(json.loads((folder / f"{name}.ipynb").read_text()))


def printed(notebook: dict[str, Any]) -> str:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return "".join("".join(output["text"]) for output in outputs if output.get("name") == "stdout")


@pytest.mark.slow
@pytest.mark.parametrize("name", PRINTED)
def test_a_notebook_prints_what_it_promises(executed: Execute, name: str) -> None:
    said = executed(name)

    assert [words for words in PRINTED[name] if words not in said] == [], said


def test_every_notebook_is_executed_and_looked_at() -> None:
    assert PRINTED.keys() | {MOVING} == {source.stem for source in sources()}


@pytest.mark.slow
def test_the_registered_model_is_in_production_afterwards(server: Server, executed: Execute) -> None:
    executed("07-production")

    answer = httpx.get(f"{server.url}{API}/registered-models/get", params={"name": "modelo1"}, trust_env=False)
    model = answer.json()["registered_model"]
    assert [version["current_stage"] for version in model["latest_versions"]] == ["Production"]
    assert model["aliases"] == [{"alias": "champion", "version": "1"}]


@pytest.mark.slow
def test_what_was_moved_to_postgresql_is_the_same_there(
    server: Server, executed: Execute, variables: dict[str, str], postgres_engine: Postgres, tmp_path: Path
) -> None:
    executed("07-production")
    old = f"sqlite:///{server.log.parent / 'trackline.db'}"
    with postgres_engine.uri() as uri:
        moved = subprocess.run(
            [sys.executable, "-m", "trackline", "import", old, "--backend-store-uri", uri],
            cwd=tmp_path,
            env=clean_environment(PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert moved.returncode == 0, moved.stdout + moved.stderr
        flags = ("--backend-store-uri", uri, "--artifacts-destination", f"s3://{BUCKET}/artifacts")
        with running_server(tmp_path, *flags, env=variables | {"TRACKLINE_WEBHOOK_SECRET_ENCRYPTION_KEY": KEY}) as new:
            said = run(MOVING, variables | {"NEW_TRACKING_URI": new.url})

    assert "the same on both: True\nTrue" in said, said
