"""How people and programs say who they are, and how soon that holds no longer."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from tests.server.talk import API, client_of, error_of
from tests.servers import Server, clean_environment, running_server
from trackline.cli.main import main
from trackline.domain.access import is_token
from trackline.server import identity_passwords
from trackline.server.identity import COOKIE

PASSWORD = "correct horse battery"
OTHER = "staple staple staple"
ME = "/api/trackline/me"
CURRENT = f"{API}/users/current"
FIRST = "/api/trackline/first-administrator"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    trackline(tmp_path, "user", "create", "ann", "--admin", "--password-file", "-", given=PASSWORD)
    trackline(tmp_path, "user", "create", "bob", "--password-file", "-", given=PASSWORD)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with running_server(folder) as server:
        yield server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as client:
        yield client


def test_before_the_first_user_everybody_may_do_everything_and_afterwards_nobody_unknown(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        assert http.get(ME).json() == {"sign_in": False, "user": None, "oidc": None, "notebooks": False}
        assert http.post(f"{API}/experiments/create", json={"name": "n"}).status_code == 200

        trackline(tmp_path, "user", "create", "ann", "--admin", "--password-file", "-", given=PASSWORD)
        answers = (http.get(f"{API}/experiments/get?experiment_id=0") for _ in range(100_000))
        refused = next(answer for answer in answers if answer.status_code != 200)  # after a second at the most

        assert refused.status_code == 401
        assert http.get(ME).json() == {"sign_in": True, "user": None, "oidc": None, "notebooks": False}


def test_the_first_user_is_an_administrator_and_is_made_on_the_machine(tmp_path: Path) -> None:
    refused = trackline(tmp_path, "user", "create", "bob", "--password-file", "-", given=PASSWORD, code=1)
    assert "The first user must be an administrator" in refused
    with running_server(tmp_path) as server, client_of(server) as http:
        answer = http.post(f"{API}/users/create", json={"username": "bob", "password": PASSWORD})
        assert (answer.status_code, error_of(answer.content)[0]) == (409, "INVALID_STATE")


def test_the_first_administrator_is_made_by_a_secret_that_the_start_shows_once(tmp_path: Path) -> None:
    new = {"username": "ann", "password": PASSWORD}
    with running_server(tmp_path, "--require-sign-in") as server, client_of(server) as http:
        assert http.get(ME).json()["sign_in"] is True
        assert http.get(CURRENT).status_code == 401
        [secret] = re.findall(r'"secret": "([^"]+)"', server.output)

        for given in ({**new, "secret": "guessed"}, {**new, "secret": secret, "password": "short"}):
            assert http.post(FIRST, json=given).status_code == 400
        assert http.post(FIRST, json={**new, "secret": secret}).json()["user"]["is_admin"] is True
        assert http.get(CURRENT, auth=("ann", PASSWORD)).json()["user"]["username"] == "ann"

        again = http.post(FIRST, json={**new, "username": "eve", "secret": secret})
        assert (again.status_code, "holds no longer" in error_of(again.content)[1]) == (400, True)
        with database(tmp_path) as connection:
            assert secret not in "\n".join(connection.iterdump())
    shown = server.output
    with running_server(tmp_path, "--require-sign-in") as server:
        assert server.output.removeprefix(shown).count("secret") == 0


def test_the_first_secret_runs_out_and_is_worth_nothing_beside_users_made_otherwise(tmp_path: Path) -> None:
    new = {"username": "eve", "password": PASSWORD}
    with running_server(tmp_path, "--require-sign-in", "--host=0.0.0.0") as server, client_of(server) as http:
        [secret] = re.findall(r'"secret": "([^"]+)"', server.output)
        with database(tmp_path) as connection:
            connection.execute("UPDATE first_secrets SET expires_ms = 1")
        assert http.post(FIRST, json={**new, "secret": secret}).status_code == 400
        with database(tmp_path) as connection:
            connection.execute("UPDATE first_secrets SET expires_ms = 99999999999999")
        trackline(tmp_path, "user", "create", "ann", "--admin", "--password-file", "-", given=PASSWORD)
        assert http.post(FIRST, json={**new, "secret": secret}).status_code == 400


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !",
        "Basic YTo=",
        "Basic Ym9i",
        "Bearer",
        "Bearer tlk_x",
        "Digest x",
        "Basic \xff",
        "Bearer " + "x" * 5000,
    ],
)
def test_what_is_no_credential_is_refused_in_words_that_help(http: httpx.Client, authorization: str) -> None:
    answer = http.get(CURRENT, headers=[(b"authorization", authorization.encode("latin-1"))])

    assert answer.status_code == 401
    code, message = error_of(answer.content)
    assert code == "UNAUTHENTICATED"
    assert "MLFLOW_TRACKING_USERNAME" in message
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


def test_an_unknown_user_is_refused_as_a_wrong_password_is(http: httpx.Client) -> None:
    wrong, unknown = (http.get(CURRENT, auth=(name, OTHER)) for name in ("ann", "nobody"))

    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content) == (401, unknown.content)


def test_a_script_of_the_page_is_not_asked_by_the_browser_itself(http: httpx.Client) -> None:
    answer = http.get(CURRENT, headers={"sec-fetch-dest": "empty"})

    assert answer.status_code == 401
    assert "www-authenticate" not in answer.headers


def test_too_many_wrong_passwords_are_not_even_tried(http: httpx.Client) -> None:
    for _ in range(identity_passwords.FAILURES_OF_PAIR):
        assert http.get(CURRENT, auth=("bob", OTHER)).status_code == 401
    refused = http.get(CURRENT, auth=("bob", PASSWORD))

    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= identity_passwords.WINDOW_SECONDS
    assert http.get(CURRENT, auth=("ann", PASSWORD)).status_code == 200


def test_whoever_is_signed_in_stays_so_while_others_try_their_name(http: httpx.Client) -> None:
    assert http.get(CURRENT, auth=("bob", PASSWORD)).status_code == 200
    for _ in range(identity_passwords.FAILURES_OF_PAIR):
        http.get(CURRENT, auth=("bob", OTHER))

    assert http.get(CURRENT, auth=("bob", PASSWORD)).status_code == 200


def test_a_changed_password_holds_at_once_whoever_changed_it(folder: Path, http: httpx.Client) -> None:
    assert http.get(CURRENT, auth=("bob", PASSWORD)).status_code == 200

    trackline(folder, "user", "password", "bob", "--password-file", "-", given=OTHER)
    assert http.get(CURRENT, auth=("bob", PASSWORD)).status_code == 401
    assert http.get(CURRENT, auth=("bob", OTHER)).status_code == 200

    body = {"username": "bob", "password": PASSWORD, "current_password": OTHER}
    assert http.patch(f"{API}/users/update-password", json=body, auth=("bob", OTHER)).status_code == 200
    assert http.get(CURRENT, auth=("bob", OTHER)).status_code == 401


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "Current password is required"),
        ({"current_password": OTHER}, "Current password does not match"),
        ({"current_password": PASSWORD, "password": PASSWORD}, "must differ"),
        ({"current_password": PASSWORD, "password": "short"}, "at least 12 characters"),
    ],
)
def test_people_prove_themselves_again_to_change_their_password(
    http: httpx.Client, change: dict[str, str], reason: str
) -> None:
    body = {"username": "bob", "password": OTHER, **change}
    answer = http.patch(f"{API}/users/update-password", json=body, auth=("bob", PASSWORD))

    assert answer.status_code == 400
    assert reason in error_of(answer.content)[1]


def test_a_disabled_user_is_refused_at_once_with_password_token_and_session(folder: Path, http: httpx.Client) -> None:
    token = trackline(folder, "token", "create", "bob", "t").strip()
    http.post("/api/trackline/login", json={"username": "bob", "password": PASSWORD}).raise_for_status()
    ways: list[dict[str, Any]] = [{}, {"auth": ("bob", PASSWORD)}, {"headers": bearer(token)}]
    assert [http.get(CURRENT, **way).status_code for way in ways] == [200, 200, 200]

    trackline(folder, "user", "disable", "bob")
    assert [http.get(CURRENT, **way).status_code for way in ways] == [401, 401, 401]

    trackline(folder, "user", "enable", "bob")
    assert [http.get(CURRENT, **way).status_code for way in ways] == [401, 200, 200]


def test_a_token_does_what_its_user_may_until_it_is_revoked(folder: Path, http: httpx.Client) -> None:
    token = trackline(folder, "token", "create", "bob", "t").strip()
    assert is_token(token)
    assert http.get(CURRENT, headers=bearer(token)).json()["user"]["username"] == "bob"
    assert http.get(CURRENT, auth=("anything", token)).json()["user"]["username"] == "bob"
    assert http.get(CURRENT, headers=bearer(token[:-1] + "~")).status_code == 401

    trackline(folder, "token", "revoke", "bob", "t")
    assert http.get(CURRENT, headers=bearer(token)).status_code == 401


def test_a_token_for_reading_changes_nothing(folder: Path, http: httpx.Client) -> None:
    token = trackline(folder, "token", "create", "ann", "t", "--read-only").strip()
    assert http.get(f"{API}/experiments/get?experiment_id=0", headers=bearer(token)).status_code == 200
    assert http.get("/api/trackline/access-log", headers=bearer(token)).status_code == 403

    for path, body in (
        ("experiments/create", {"name": "n"}),
        ("experiments/update", {"experiment_id": "0", "new_name": "n"}),
        ("users/create", {"username": "eve", "password": PASSWORD}),
    ):
        answer = http.post(f"{API}/{path}", json=body, headers=bearer(token))
        assert answer.status_code == 403
        assert "this token is for reading only" in error_of(answer.content)[1]


def test_a_limited_token_sees_and_does_nothing_else_even_an_administrators(folder: Path, http: httpx.Client) -> None:
    admin: dict[str, Any] = {"auth": ("ann", PASSWORD)}
    one = http.post(f"{API}/experiments/create", json={"name": "one"}, **admin).json()["experiment_id"]
    token = trackline(folder, "token", "create", "ann", "t", "--experiment", "one").strip()
    own: dict[str, Any] = {"headers": bearer(token)}

    found = http.get(f"{API}/experiments/search?max_results=10", **own).json()["experiments"]
    assert [each["name"] for each in found] == ["one"]
    assert http.post(f"{API}/runs/create", json={"experiment_id": one}, **own).status_code == 200
    for method, path, body in (
        ("GET", "experiments/get?experiment_id=0", None),
        ("POST", "experiments/create", {"name": "two"}),
        ("POST", "registered-models/create", {"name": "m"}),
        ("POST", "users/create", {"username": "eve", "password": PASSWORD}),
    ):
        assert http.request(method, f"{API}/{path}", json=body, **own).status_code == 403, path
    http.post(f"{API}/experiments/delete", json={"experiment_id": one}, **own).raise_for_status()


def test_a_token_that_has_run_out_is_refused(folder: Path, http: httpx.Client) -> None:
    token = trackline(folder, "token", "create", "bob", "t", "--days", "1").strip()
    assert http.get(CURRENT, headers=bearer(token)).status_code == 200
    with database(folder) as connection:
        connection.execute("UPDATE tokens SET expires_ms = 1")

    assert http.get(CURRENT, headers=bearer(token)).status_code == 401


def test_when_a_token_was_used_is_noted_and_its_secret_is_nowhere(folder: Path, http: httpx.Client) -> None:
    made = http.post("/api/trackline/tokens", json={"username": "bob", "name": "t"}, auth=("bob", PASSWORD)).json()
    http.get(CURRENT, headers=bearer(made["token"])).raise_for_status()

    lists = (http.get("/api/trackline/tokens?username=bob", auth=("bob", PASSWORD)).json() for _ in range(1000))
    shown = next(one for found in lists for one in found["tokens"] if "used_ms" in one)
    assert shown["used_ms"] >= shown["created_ms"]
    with database(folder) as connection:
        dump = "\n".join(connection.iterdump())
    assert made["token"] not in dump
    assert PASSWORD not in dump


def test_a_session_is_a_cookie_that_scripts_cannot_read_and_ends_when_its_user_says_so(http: httpx.Client) -> None:
    answer = http.post("/api/trackline/login", json={"username": "bob", "password": PASSWORD})
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert attributes >= {"httponly", "samesite=lax", "path=/"}
    bob = {"username": "bob", "is_admin": False}
    assert http.get(ME).json() == {"sign_in": True, "user": bob, "oidc": None, "notebooks": False}
    cookie = f"{COOKIE}={http.cookies[COOKIE]}"

    assert http.post("/api/trackline/logout").status_code == 200
    assert http.get(ME).json()["user"] is None
    assert http.get(CURRENT, headers={"cookie": cookie}).status_code == 401  # whoever has copied it


def test_a_session_writes_only_for_pages_of_this_server(server: Server, http: httpx.Client) -> None:
    http.post("/api/trackline/login", json={"username": "bob", "password": PASSWORD}).raise_for_status()
    body: dict[str, Any] = {"json": {"name": "n"}}

    assert http.post(f"{API}/experiments/create", **body).status_code == 403
    elsewhere = {"origin": "https://elsewhere.example"}
    assert http.post(f"{API}/experiments/create", headers=elsewhere, **body).status_code == 403
    assert http.post(f"{API}/experiments/create", headers={"origin": server.url}, **body).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"\xff", b"x" * 100_000, b'{"username": "bob"}', b'{"username": 1}']
)
def test_a_sign_in_that_is_none_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/api/trackline/login", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400
    error_of(answer.content)


def test_sign_ins_and_changes_are_in_the_log_which_is_only_added_to(folder: Path, http: httpx.Client) -> None:
    http.get(CURRENT, auth=("bob", OTHER))
    http.get(CURRENT, auth=("bob", PASSWORD))
    entries = http.get("/api/trackline/access-log", auth=("ann", PASSWORD)).json()["entries"]

    assert [(one["what"], one["subject"]) for one in entries] == [
        ("signed in", "ann"),
        ("signed in", "bob"),
        ("sign-in failed", "bob"),
        ("user created", "bob"),
        ("user created", "ann"),
    ]
    with database(folder) as connection, pytest.raises(Exception, match="only added to"):
        connection.execute("DELETE FROM access_log")


def test_the_last_administrator_stays(folder: Path) -> None:
    for command in ("demote", "disable", "delete"):
        assert "last administrator" in trackline(folder, "user", command, "ann", code=1)


def test_the_command_says_who_sees_something(folder: Path) -> None:
    with running_server(folder) as server, client_of(server) as http:
        http.post(f"{API}/experiments/create", json={"name": "n"}, auth=("bob", PASSWORD)).raise_for_status()

    assert trackline(folder, "access", "show", "experiment", "n").split("\n")[1:3] == [
        "ann   MANAGE      administrator",
        "bob   MANAGE      -",
    ]


@pytest.mark.slow
def test_stock_clients_sign_in_by_the_variables_they_know(folder: Path, server: Server) -> None:
    from tools.client_environments import environment

    token = trackline(folder, "token", "create", "bob", "t").strip()
    code = "import mlflow, sys; mlflow.set_experiment('of ' + sys.argv[1]); mlflow.log_metric('m', 1)"
    for name, variables in {
        "password": {"MLFLOW_TRACKING_USERNAME": "bob", "MLFLOW_TRACKING_PASSWORD": PASSWORD},
        "token": {"MLFLOW_TRACKING_TOKEN": token},
    }.items():
        given = clean_environment(MLFLOW_TRACKING_URI=server.url, **variables)
        command = [str(environment("3.17")), "-c", code, name]
        subprocess.run(command, env=given, cwd=folder, check=True, timeout=120)
    with client_of(server) as http:
        found = http.get(f"{API}/experiments/search?max_results=9", auth=("bob", PASSWORD)).json()["experiments"]
    assert [one["name"] for one in found] == ["of token", "of password", "Default"]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def trackline(folder: Path, *arguments: str, given: str = "", code: int = 0) -> str:
    """What the command says, on the database of the server in `folder`."""
    uri = f"sqlite:///{folder / 'trackline.db'}"
    result = CliRunner().invoke(main, [*arguments, "--backend-store-uri", uri], input=f"{given}\n" if given else None)
    assert result.exit_code == code, result.output
    return result.output


def database(folder: Path) -> Any:
    from trackline.db.sqlite import connect

    return connect(folder / "trackline.db")
