"""The images are built, and the compose file started with Ceph for the object store: from nothing to a model.

And from SQLite on to PostgreSQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.containers.engine import BASE, COMPOSE, Engine, EngineMissing, engine, import_base
from tests.servers import ROOT

pytestmark = pytest.mark.slow

FILES = ("--file", str(ROOT / "deploy/compose/compose.yaml"), "--file", str(ROOT / "deploy/compose/ceph.yaml"))
PROJECT = (COMPOSE, "--no-ansi", "--project-name", "lab", *FILES)
WITH_POSTGRES = ("env", "COMPOSE_PROFILES=postgres", *PROJECT)
POSTGRES = str(Path(__file__).with_name("postgres"))
PATIENTLY = ("--retry", "60", "--retry-delay", "1", "--retry-all-errors")  # it may just have been started
MODEL = "http://127.0.0.1:5000/api/2.0/mlflow/registered-models/get?name=modelo1"
FILES_OF_MODEL = "http://127.0.0.1:5000/api/trackline/models/modelo1/1.tar"
EXPERIMENTS = "http://127.0.0.1:5000/api/2.0/mlflow/experiments/search?max_results=9"
SQLITE = "sqlite:////var/lib/trackline/trackline.db"
MB = 1_000_000


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    try:
        with engine(tmp_path_factory.mktemp("docker")) as made:
            import_base(made)
            yield made
    except EngineMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def lab(docker: Engine) -> Iterator[Engine]:
    """Everything runs, by the one command."""
    docker.run(*PROJECT, "up", "--detach")
    yield docker
    docker.run(*WITH_POSTGRES, "down", "--volumes")


def container(docker: Engine, service: str) -> Any:
    return json.loads(docker.docker("inspect", docker.run(*PROJECT, "ps", "--quiet", service).strip()))[0]


def asked(docker: Engine, url: str) -> Any:
    return json.loads(docker.run("curl", "--silent", "--show-error", "--fail", "--noproxy", "*", *PATIENTLY, url))


def executed(docker: Engine, notebook: str) -> str:
    """What a notebook prints that somebody executes in JupyterLab's container."""
    return docker.run(
        *(*PROJECT, "exec", "-T", "jupyterlab"),
        *("jupyter", "nbconvert", "--to", "markdown", "--stdout", "--execute", f"es/{notebook}.ipynb"),
    )


def image_of_postgresql() -> str:
    """As the compose file names it; Debian's own PostgreSQL takes its place."""
    found = re.search(r"image: (postgres:\S+)", (ROOT / "deploy/compose/compose.yaml").read_text())
    assert found is not None
    return found[1]


# Each step in a test of its own: a machine that is busy may take minutes for one.
def test_the_base_image_is_there(docker: Engine) -> None:
    assert docker.docker("run", "--rm", BASE, "cat", "/etc/debian_version").startswith("12.")


@pytest.mark.parametrize("service", ["trackline", "object-store", "jupyterlab"])
def test_an_image_is_built(docker: Engine, service: str) -> None:
    docker.run(*PROJECT, "build", "--quiet", service)


def test_the_image_is_small_and_runs_as_nobody_special(docker: Engine) -> None:
    image = json.loads(docker.docker("inspect", "trackline:0.1.0"))[0]

    assert image["Size"] <= 250 * MB
    assert image["Config"]["User"] == "10001:10001"


@pytest.mark.parametrize("service", ["object-store", "trackline"])
def test_a_part_is_healthy_and_shown_on_this_machine_only(lab: Engine, service: str) -> None:
    found = container(lab, service)
    published = [ports for ports in found["NetworkSettings"]["Ports"].values() if ports]

    assert found["State"]["Health"]["Status"] == "healthy"
    assert {port["HostIp"] for ports in published for port in ports} == {"127.0.0.1"}


def test_nothing_secret_stands_in_a_containers_settings(lab: Engine) -> None:
    secret = lab.run(*PROJECT, "exec", "-T", "trackline", "cat", "/run/keys/s3-secret").strip()
    settings = [container(lab, service)["Config"] for service in ("object-store", "trackline", "jupyterlab")]

    assert len(secret) == 32
    assert secret not in json.dumps(settings)


def test_a_training_in_jupyterlab_registers_a_model(lab: Engine) -> None:
    said = executed(lab, "06-pipeline")

    assert "modelo1, version 1" in said
    assert asked(lab, MODEL)["registered_model"]["latest_versions"][0]["version"] == "1"


def test_artifacts_go_through_the_server_and_straight_to_the_store(lab: Engine) -> None:
    said = executed(lab, "02-artifacts")

    assert "accuracy after loading: 0.97" in said
    assert "prediction: [0]" in said


def test_jupyterlab_wants_its_token(lab: Engine) -> None:
    address = "http://127.0.0.1:8888/api/contents"
    status = ("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--noproxy", "*", *PATIENTLY)
    token = lab.run(*PROJECT, "exec", "-T", "jupyterlab", "cat", "/run/keys/jupyter-token").strip()

    assert lab.run(*status, address) == "403"
    assert lab.run(*status, f"{address}?token={token}") == "200"


def test_what_was_kept_is_there_after_down_and_up(lab: Engine, tmp_path: Path) -> None:
    lab.run(*PROJECT, "down")

    lab.run(*PROJECT, "up", "--detach")

    assert asked(lab, MODEL)["registered_model"]["name"] == "modelo1"
    tar = tmp_path / "model.tar"
    lab.run("curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--output", str(tar), FILES_OF_MODEL)
    assert b"MLmodel" in tar.read_bytes()


def test_the_image_of_postgresql_is_built(docker: Engine) -> None:
    docker.docker("build", "--quiet", "--tag", image_of_postgresql(), POSTGRES)


def test_with_the_profile_postgres_what_sqlite_held_is_brought_over_and_trainings_log_to_it(lab: Engine) -> None:
    lab.run(*WITH_POSTGRES, "up", "--detach")
    assert asked(lab, EXPERIMENTS)["experiments"][0]["name"] == "Default"

    lab.run(*WITH_POSTGRES, "exec", "-T", "trackline", "trackline", "import", SQLITE)
    said = executed(lab, "01-tracking")

    assert "50 points, the last is 0.02" in said
    assert asked(lab, MODEL)["registered_model"]["latest_versions"][0]["version"] == "1"
    count = ("psql", "--username=trackline", "--tuples-only", "--command", "SELECT count(*) FROM runs")
    assert int(lab.run(*WITH_POSTGRES, "exec", "-T", "postgres", *count)) > 1
