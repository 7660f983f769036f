"""One server for all tests of artifacts; each has a run of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.artifacts.tracker import API, Run, Tracker, client_of
from tests.servers import running_server


@pytest.fixture(scope="package")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    folder = tmp_path_factory.mktemp("tracker")
    with running_server(folder) as server, client_of(server) as http:
        yield Tracker(server, http, folder / "artifacts")


@pytest.fixture
def run(tracker: Tracker) -> Run:
    return tracker.run()


@pytest.fixture
def model(tracker: Tracker) -> tuple[str, str]:
    """The id of a logged model, and its artifact URI."""
    answer = tracker.http.post(f"{API}/logged-models", json={"experiment_id": "0", "name": "m"}).json()
    return answer["model"]["info"]["model_id"], answer["model"]["info"]["artifact_uri"]
