"""Every endpoint, asked by everybody: who may, and who is told so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.access_requests import PASSWORD, SUBJECT, Things, request_for
from tests.server.talk import API, client_of, error_of
from tests.servers import Server, running_server
from trackline.domain.access import Permission
from trackline.server.endpoints import Call, Raw
from trackline.server.routes import CALLS, ENDPOINTS
from trackline.server.ui_files import PAGES

ADMIN = "admin"
LEVELS = ("NO_PERMISSIONS", "READ", "EDIT", "MANAGE")  # and the names of the users who have just that
SECRET = "the-secret"  # stands in all that the user NO_PERMISSIONS must not see
API_3 = "/api/3.0/mlflow"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an administrator, a user for each permission, and one that requests are about."""
    folder = tmp_path_factory.mktemp("guarded")
    make_users(folder, [ADMIN], is_admin=True)
    make_users(folder, [*LEVELS, SUBJECT])
    with running_server(folder, "--default-permission", "READ") as server:
        yield server


@pytest.fixture(scope="module")
def http(guarded: Server) -> Iterator[httpx.Client]:
    with client_of(guarded) as client:
        yield client


@pytest.fixture(scope="module")
def things(http: httpx.Client) -> Things:
    return made(http)


@pytest.mark.parametrize("route", ENDPOINTS, ids=lambda route: f"{route.method} {route.api[0]}{route.path}")
def test_an_endpoint_answers_those_who_may_and_refuses_all_others(
    http: httpx.Client, route: Call | Raw, things: Things
) -> None:
    if (route.method, route.path) == ("DELETE", "/registered-models/delete"):
        things = made(http)  # gone afterwards, with all that was granted on it
    method, path, given = request_for(route, things)
    everybody = (None, *LEVELS, ADMIN)
    answers = {name: status(http, method, path, name, given) for name in everybody}

    assert {name: code for name, code in answers.items() if not is_right(route, name, code)} == {}


def test_every_endpoint_says_what_it_needs() -> None:
    undeclared = Call._field_defaults["needs"]

    assert [route.path for route in ENDPOINTS if route.needs is undeclared] == []


def test_what_is_open_to_everybody_is_the_page_and_how_the_server_is() -> None:
    pages = {"/", *PAGES, "/assets/{name}"}

    assert {route.path for route in ENDPOINTS if route.needs.is_open} == {
        *pages,
        *("/health", "/ready", "/version", "/server-info", "/me", "/login", "/logout", "/openapi.json", "/docs"),
        *("/oidc/start", "/oidc/callback", "/first-administrator"),
    }


@pytest.mark.parametrize(
    "route", [call for call in CALLS if call.needs.words.endswith("left out")], ids=lambda call: call.path
)
def test_what_may_not_be_read_is_found_by_no_search_and_counted_by_none(http: httpx.Client, route: Call) -> None:
    hidden = made(http, SECRET)
    method, path, given = request_for(route, hidden)

    seen = http.request(method, path, auth=("READ", PASSWORD), **given)
    unseen = http.request(method, path, auth=("NO_PERMISSIONS", PASSWORD), **given)

    assert (seen.status_code, unseen.status_code) == (200, 200)
    assert any(told in seen.text for told in (SECRET, hidden.run, '"total":1'))
    assert SECRET not in unseen.text
    assert hidden.run not in unseen.text
    assert '"total":1' not in unseen.text.replace(" ", "")


def test_a_refusal_says_what_is_missing_and_who_can_give_it(http: httpx.Client, things: Things) -> None:
    answer = http.post(
        f"{API}/experiments/update",
        json={"experiment_id": things.experiment, "new_name": "x"},
        auth=("READ", PASSWORD),
    )

    code, message = error_of(answer.content)
    assert code == "PERMISSION_DENIED"
    assert f"EDIT on experiment {things.experiment} is needed, and READ does not have it" in message
    assert "Somebody with MANAGE on it, or an administrator, can grant it (trackline access grant)." in message


def test_whoever_makes_something_manages_it(http: httpx.Client) -> None:
    experiment = http.post(f"{API}/experiments/create", json={"name": "of READ"}, auth=("READ", PASSWORD)).json()
    renamed = {"experiment_id": experiment["experiment_id"], "new_name": "still of READ"}

    assert http.post(f"{API}/experiments/update", json=renamed, auth=("READ", PASSWORD)).status_code == 200
    assert http.post(f"{API}/experiments/update", json=renamed, auth=("EDIT", PASSWORD)).status_code == 403


def test_artifacts_in_a_place_inside_another_experiments_need_the_permission_on_both(
    http: httpx.Client, things: Things
) -> None:
    """Whoever makes an experiment names its place: that must not open what others have there."""
    inside = f"mlflow-artifacts:/{things.experiment}/{things.run}"
    body = {"name": "inside", "artifact_location": inside}
    made_by: dict[str, Any] = {"auth": ("NO_PERMISSIONS", PASSWORD)}
    assert http.post(f"{API}/experiments/create", json=body, **made_by).status_code == 200
    path = f"/api/2.0/mlflow-artifacts/artifacts/{things.experiment}/{things.run}/artifacts/file"

    assert http.get(path, **made_by).status_code == 403
    assert http.get(
        path.replace(things.experiment, f"%2{ord(things.experiment[0]) - 32}", 1), **made_by
    ).status_code in (*(400, 403, 404),)


@pytest.mark.parametrize("source", ["runs:/{run}/model", "models:/{logged_model}", "models:/{model}/1"])
def test_files_that_may_not_be_read_cannot_be_registered_to_be_read(
    http: httpx.Client, things: Things, source: str
) -> None:
    own: dict[str, Any] = {"auth": ("NO_PERMISSIONS", PASSWORD)}
    http.post(f"{API}/registered-models/create", json={"name": "mine"}, **own)
    version = {"name": "mine", "source": source.format(**vars(things))}

    assert http.post(f"{API}/model-versions/create", json=version, **own).status_code == 403
    at = {"name": "mine", "source": f"mlflow-artifacts:/{things.experiment}/{things.run}/artifacts/model"}
    assert http.post(f"{API}/model-versions/create", json=at, **own).status_code == 403


def test_the_history_of_a_model_that_may_not_be_read_is_not_found_by_its_old_name(http: httpx.Client) -> None:
    hidden = made(http, "renamed-secret")
    renamed = {"name": hidden.model, "new_name": f"{hidden.model} now"}
    http.post(f"{API}/registered-models/rename", json=renamed, auth=(ADMIN, PASSWORD)).raise_for_status()
    path = f"/api/trackline/models/{hidden.model}/history"

    assert http.get(path, auth=("READ", PASSWORD)).status_code == 200
    assert http.get(path, auth=("NO_PERMISSIONS", PASSWORD)).status_code == 404


@pytest.mark.parametrize("path", [f"{API}/runs/delete", f"{API}/experiments/delete", "/api/trackline/runs/delete"])
def test_a_refusal_names_registered_models_only_to_those_who_may_read_them(http: httpx.Client, path: str) -> None:
    hidden = made(http)
    given = {"experiment_id": hidden.experiment} if "experiments" in path else {"run_id": hidden.run}
    body = {"run_ids": [hidden.run]} if "trackline" in path else given
    known = http.post(path, json=body, auth=("MANAGE", PASSWORD))
    denied = {"name": hidden.model, "username": "MANAGE", "permission": "NO_PERMISSIONS"}
    change = http.patch(f"{API}/registered-models/permissions/update", json=denied, auth=(ADMIN, PASSWORD))
    assert change.status_code == 200
    unknown = http.post(path, json=body, auth=("MANAGE", PASSWORD))

    assert [error_of(answer.content)[0] for answer in (known, unknown)] == ["INVALID_STATE", "INVALID_STATE"]
    assert f"version 1 of '{hidden.model}'" in known.text
    assert hidden.model not in unknown.text
    assert "a version of a model that you may not read" in unknown.text


def test_a_history_names_the_user_who_made_the_change(http: httpx.Client, things: Things) -> None:
    change = {"name": things.model, "description": "by EDIT"}
    http.patch(f"{API}/registered-models/update", json=change, auth=("EDIT", PASSWORD)).raise_for_status()
    newest = http.get(f"/api/trackline/models/{things.model}/history", auth=(ADMIN, PASSWORD)).json()["entries"][0]

    assert (newest["actor"], newest["after"]) == ("EDIT", "by EDIT")


def test_a_role_gives_its_permissions_to_its_members_and_a_denial_counts_more(http: httpx.Client) -> None:
    hidden = made(http, "for a role")
    admin: dict[str, Any] = {"auth": (ADMIN, PASSWORD)}
    role = http.post(f"{API_3}/roles/create", json={"name": "research"}, **admin).json()["role"]["id"]
    granted = {"role_id": role, "resource_type": "experiment", "resource_pattern": hidden.experiment}
    http.post(f"{API_3}/roles/permissions/add", json={**granted, "permission": "EDIT"}, **admin).raise_for_status()
    run: dict[str, Any] = {"auth": (SUBJECT, PASSWORD), "json": {"experiment_id": hidden.experiment}}
    assert http.post(f"{API}/runs/create", **run).status_code == 403

    http.post(f"{API_3}/roles/assign", json={"username": SUBJECT, "role_id": role}, **admin).raise_for_status()
    assert http.post(f"{API}/runs/create", **run).status_code == 200

    denied = {"username": SUBJECT, "experiment_id": hidden.experiment, "permission": "NO_PERMISSIONS"}
    http.post(f"{API}/experiments/permissions/create", json=denied, **admin).raise_for_status()
    assert http.post(f"{API}/runs/create", **run).status_code == 403
    seen = http.get(f"/api/trackline/experiments/{hidden.experiment}/access", **admin).json()["users"]
    assert [one["username"] for one in seen] == ["EDIT", "MANAGE", "READ", "admin"]


def make_users(folder: Path, names: list[str], is_admin: bool = False) -> None:
    """By the command, before a server runs."""
    from click.testing import CliRunner

    from trackline.cli.main import main

    for name in names:
        arguments = ["user", "create", name, *(["--admin"] if is_admin else []), "--password-file", "-"]
        arguments += ["--backend-store-uri", f"sqlite:///{folder / 'trackline.db'}"]
        result = CliRunner().invoke(main, arguments, input=f"{PASSWORD}\n")
        assert result.exit_code == 0, result.output


def made(http: httpx.Client, name: str = "the experiment") -> Things:
    """An experiment with all that it may hold, and a model, on which each of LEVELS is granted to its user."""
    number = len(http.get(f"{API}/experiments/search?max_results=1000", auth=(ADMIN, PASSWORD)).json()["experiments"])
    name = f"{name} {number}"

    def post(path: str, **body: Any) -> Any:
        answer = http.post(API + path, json=body, auth=(ADMIN, PASSWORD))
        assert answer.status_code == 200, answer.text
        return answer.json()

    experiment = post("/experiments/create", name=name)["experiment_id"]
    run = post("/runs/create", experiment_id=experiment, run_name=name)["run"]["info"]["run_id"]
    post("/runs/log-metric", run_id=run, key="k", value=1, timestamp=1)
    logged = post("/logged-models", experiment_id=experiment, name="logged")["model"]["info"]["model_id"]
    post("/logged-models", experiment_id=experiment, name=name)
    post("/registered-models/create", name=name)
    post("/model-versions/create", name=name, source=f"runs:/{run}/model", run_id=run)
    post("/registered-models/alias", name=name, alias="champion", version="1")
    for level in LEVELS:
        post("/experiments/permissions/create", experiment_id=experiment, username=level, permission=level)
        post("/registered-models/permissions/create", name=name, username=level, permission=level)
    return Things(experiment, run, logged, name)


def status(http: httpx.Client, method: str, path: str, name: str | None, given: dict[str, Any]) -> int:
    """Some answers have no end, so only their beginning is read; a refusal is in MLflow's form."""
    http.cookies.clear()
    with http.stream(method, path, auth=(name, PASSWORD) if name else None, **given) as answer:
        if answer.status_code in (401, 403):
            error_of(answer.read())
        return answer.status_code


def is_right(route: Call | Raw, name: str | None, code: int) -> bool:
    """Whoever may asks without being refused; a request that is refused for another reason was let through as well."""
    if not route.needs.is_open and name is None:
        return code == 401
    if may(route, name):
        return code not in (401, 403, 500)
    return code == 403


def may(route: Call | Raw, name: str | None) -> bool:
    needs = route.needs
    if needs.is_open or name == ADMIN:
        return True
    if needs.words.startswith("to be signed in"):
        return True
    if needs.words.startswith(("to be an administrator", "the user:")):
        return False
    return Permission[name or ""] >= needs.permission
