"""Who is sent to the notebooks beside the server, and who may read its numbers."""

from __future__ import annotations

from pathlib import Path

from tests.server.talk import client_of
from tests.server.test_identity import PASSWORD, trackline
from tests.servers import running_server

NOTEBOOKS = "http://127.0.0.1:8888/jupyter/lab?token=hidden"


def test_where_people_sign_in_administrators_get_the_token_of_the_notebooks_and_all_users_the_numbers(
    tmp_path: Path,
) -> None:
    """Who is in a notebook can do whatever the one who started it can; the numbers name nobody and nothing."""
    for name, *flags in (("ann", "--admin"), ("bob",)):
        trackline(tmp_path, "user", "create", name, *flags, "--password-file", "-", given=PASSWORD)
    environment = {"TRACKLINE_NOTEBOOKS_URL": NOTEBOOKS}
    with running_server(tmp_path, "--expose-prometheus=yes", env=environment) as server, client_of(server) as http:
        ann, bob = ("ann", PASSWORD), ("bob", PASSWORD)
        sent = http.get("/notebooks", auth=ann, headers={"host": "localhost"})
        assert (sent.status_code, sent.headers["location"]) == (303, NOTEBOOKS.replace("127.0.0.1", "localhost"))
        assert [http.get("/notebooks", auth=one).status_code for one in (bob, None)] == [403, 401]
        assert [http.get("/metrics", auth=one).status_code for one in (ann, bob, None)] == [200, 200, 401]


def test_where_there_are_no_notebooks_it_says_how_to_have_some(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        refused = http.get("/notebooks")
    assert refused.status_code == 501
    assert "`trackline up --notebooks` starts some" in refused.json()["message"]
