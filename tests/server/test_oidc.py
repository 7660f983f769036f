"""Signing in by a real OpenID provider, and what must not pass for it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from tests.providers import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.server.talk import API, PATIENCE, client_of, error_of
from tests.servers import ROOT, Server, clean_environment, free_port, running_server
from trackline.server.identity import COOKIE
from trackline.server.oidc import ATTEMPT

ME = "/api/trackline/me"
START = "/api/trackline/oidc/start"
CALLBACK = "/api/trackline/oidc/callback"
ANN = {"email": "ann@lab.example", "email_verified": True, "groups": ["ml-admins", "lab"]}
BOB = {"email": "bob@lab.example", "email_verified": True, "groups": ["lab"]}
GROUPS = "--oidc-groups=ml-admins=admin, lab=research"


class Place(NamedTuple):
    """A folder and a port for a server. The provider sends people back to it."""

    folder: Path
    port: int


@pytest.fixture(scope="module")
def ports() -> list[int]:
    return [free_port(), free_port()]


@pytest.fixture(scope="module")
def known(ports: list[int]) -> Iterator[Provider]:
    with running_provider(*(f"http://127.0.0.1:{port}{CALLBACK}" for port in ports)) as provider:
        yield provider


@pytest.fixture
def provider(known: Provider) -> Provider:
    """As it is in the beginning of each test."""
    known.change(people={"1": ANN, "2": BOB}, spoil=None, later=0, idClaims=True)
    return known


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, ports: list[int], known: Provider) -> Iterator[Server]:
    with serving(Place(tmp_path_factory.mktemp("oidc"), ports[0]), known) as server:
        yield server


@pytest.fixture
def server(shared: Server, provider: Provider) -> Server:
    return shared


@pytest.fixture
def place(tmp_path: Path, ports: list[int]) -> Place:
    """For a server of the test's own."""
    return Place(tmp_path, ports[1])


def test_people_sign_in_with_their_browser_and_are_where_they_wanted_to_be(server: Server) -> None:
    with browser(server, "1") as ann:
        assert ann.get(ME).json() == {"sign_in": True, "user": None, "oidc": "Single sign-on", "notebooks": False}
        assert ann.get(f"{API}/users/current").status_code == 401

        answer = ann.get(START, params={"next": "/runs/7?tab=charts"})

        assert str(answer.url) == f"{server.url}/runs/7?tab=charts"
        assert ann.get(ME).json()["user"] == {"username": "ann@lab.example", "is_admin": True}
        [begun] = [one for one in answer.history if COOKIE in one.headers.get("set-cookie", "")]
        attributes = {part.strip().lower() for part in begun.headers["set-cookie"].split(";")[1:]}
        assert attributes >= {"httponly", "samesite=lax", "path=/"}

        assert ann.post("/api/trackline/logout", headers={"origin": server.url}).status_code == 200
        assert ann.get(ME).json()["user"] is None


def test_whoever_comes_again_is_the_same_user_whatever_they_are_called_by_now(
    server: Server, provider: Provider
) -> None:
    with browser(server, "1") as ann:
        ann.get(START)
        first = ann.get(f"{API}/users/current").json()["user"]
        provider.change(people={"1": {**ANN, "email": "ann.other@lab.example"}})
        ann.get(START)
        assert ann.get(f"{API}/users/current").json()["user"] == first


def test_groups_give_and_take_roles_and_administration(place: Place, provider: Provider) -> None:
    with serving(place, provider) as server, browser(server, "1") as ann, browser(server, "2") as bob:
        ann.get(START)
        bob.get(START)
        assert roles(ann) == {"ann@lab.example": ["research"], "bob@lab.example": ["research"]}
        assert ann.post(f"{API}/users/create", **writing(server, {"username": "x", "password": "x" * 12})).is_success

        provider.change(people={"1": {**ANN, "groups": ["lab"]}, "2": {**BOB, "groups": "ml-admins"}})
        ann.get(START)
        assert ann.get(ME).json()["user"]["is_admin"] is False
        bob.get(START)
        assert roles(bob) == {"ann@lab.example": ["research"], "bob@lab.example": [], "x": []}


def test_what_is_only_told_by_userinfo_is_asked_for(server: Server, provider: Provider) -> None:
    provider.change(idClaims=False)
    with browser(server, "2") as bob:
        bob.get(START)
        assert bob.get(ME).json()["user"]["username"] == "bob@lab.example"


def test_the_providers_new_key_is_known_at_once(server: Server, provider: Provider) -> None:
    with browser(server, "1") as ann:
        ann.get(START)
        provider.change(rotate=True)
        ann.cookies.clear()
        ann.get(START)
        assert ann.get(ME).json()["user"]["username"] == "ann@lab.example"


def test_a_callback_holds_once_and_only_in_the_browser_that_began_it(server: Server) -> None:
    with browser(server, "1") as ann, browser(server, "2") as bob:
        callback = brought_to_callback(ann)
        attempt = ann.cookies[ATTEMPT]

        refused(bob.get(callback), 400, "This browser has begun no sign-in")
        assert ann.get(callback).status_code == 303
        refused(ann.get(callback), 400, "This browser has begun no sign-in")
        with browser(server, "1") as thief:
            thief.cookies.set(ATTEMPT, attempt, domain="127.0.0.1")
            refused(thief.get(callback), 403, "invalid_grant")
            assert thief.get(ME).json()["user"] is None


def test_another_state_and_another_issuer_are_refused(server: Server, provider: Provider) -> None:
    with browser(server, "1") as ann:
        callback = brought_to_callback(ann)
        refused(ann.get(with_query(callback, state="other")), 400, "another sign-in")
        refused(ann.get(with_query(callback, state="")), 400, "another sign-in")
        refused(ann.get(with_query(callback, iss="https://other.example")), 403, "Another identity provider")
        refused(ann.get(with_query(callback, code="")), 400, "no code")
        refused(ann.get(with_query(callback, code="x" * 5000)), 400, "no code")
        assert ann.get(callback).status_code == 303


def test_a_cookie_of_somebody_elses_making_is_no_sign_in_begun(server: Server) -> None:
    with browser(server, "1") as ann:
        callback = brought_to_callback(ann)
        for forged in ("", "x", "gAAAAA", ann.cookies[ATTEMPT][:-8] + "AAAAAAA="):
            ann.cookies.clear()
            ann.cookies.set(ATTEMPT, forged, domain="127.0.0.1")
            refused(ann.get(callback), 400, "This browser has begun no sign-in")


def test_a_token_for_another_nonce_is_refused(server: Server) -> None:
    with browser(server, "1") as ann:
        begun = ann.get(START, follow_redirects=False).headers["location"]
        refused(ann.get(with_query(begun, nonce="other")), 403, "nonce")


def test_a_code_is_worthless_without_the_verifier(server: Server) -> None:
    with browser(server, "1") as ann:
        begun = ann.get(START, follow_redirects=False).headers["location"]
        assert parse_qs(urlsplit(begun).query)["code_challenge_method"] == ["S256"]
        refused(ann.get(with_query(begun, code_challenge="x" * 43)), 403, "invalid_grant")


def test_a_code_that_has_run_out_is_refused(server: Server, provider: Provider) -> None:
    with browser(server, "1") as ann:
        callback = brought_to_callback(ann)
        provider.change(later=61)
        refused(ann.get(callback), 403, "Sign in again")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"key": "foreign"}, "bad_signature"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["trackline", "another"], "azp": "another"}, "azp"),
        ({"iss": "https://other.example"}, "iss"),
        ({"exp": 1_000_000_000}, "expired"),
        ({"sub": ""}, "sub"),
    ],
)
def test_a_token_that_was_not_made_for_this_sign_in_is_refused(
    server: Server, provider: Provider, spoil: dict[str, Any], reason: str
) -> None:
    provider.change(spoil=spoil)
    with browser(server, "1") as ann:
        refused(ann.get(START), 403, reason)
        assert ann.get(ME).json()["user"] is None


def test_whoever_says_no_at_the_provider_reads_so(server: Server) -> None:
    with browser(server, "") as nobody:
        refused(nobody.get(START), 403, "access_denied: no thanks")


def test_a_disabled_user_cannot_come_back(place: Place, provider: Provider) -> None:
    with serving(place, provider) as server, browser(server, "1") as ann, browser(server, "2") as bob:
        ann.get(START)
        bob.get(START)
        trackline(place.folder, "user", "disable", "bob@lab.example")
        assert bob.get(ME).json()["user"] is None
        refused(bob.get(START), 403, "may not sign in here any more")

        entries = ann.get("/api/trackline/access-log").json()["entries"]
        assert (entries[0]["what"], entries[0]["subject"]) == ("sign-in failed", "bob@lab.example")


def test_a_local_user_is_not_taken_over_by_name(place: Place, provider: Provider) -> None:
    trackline(place.folder, "user", "create", "ann@lab.example", "--admin", "--password-file", "-", given="x" * 12)
    with serving(place, provider) as server, browser(server, "1") as ann:
        refused(ann.get(START), 403, "Somebody else is called 'ann@lab.example'")
        local = ann.post("/api/trackline/login", json={"username": "ann@lab.example", "password": "x" * 12})
        assert local.status_code == 200


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"email": None}, "no usable name (claim 'email')"),
        ({"email": "a:b"}, "no usable name (claim 'email')"),
        ({"email_verified": False}, "not verified"),
    ],
)
def test_somebody_without_a_usable_name_is_refused(
    server: Server, provider: Provider, claims: dict[str, Any], reason: str
) -> None:
    provider.change(people={"1": {**ANN, **claims}})
    with browser(server, "1") as ann:
        refused(ann.get(START), 403, reason)


def test_only_people_of_the_named_domains_may_sign_in(place: Place, provider: Provider) -> None:
    mallory = {"email": "mallory@lab.example.evil", "email_verified": True}
    provider.change(people={"1": ANN, "2": mallory, "3": {"email": "eve@lab.example"}})
    with serving(place, provider, "--oidc-email-domains=Lab.example") as server:
        with browser(server, "1") as ann:
            assert ann.get(START).url.path == "/"
        for person in ("2", "3"):
            with browser(server, person) as other:
                refused(other.get(START), 403, "verified e-mail address of lab.example")


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example", "x" * 5000, "\x00"])
def test_nobody_is_sent_to_a_page_of_others(server: Server, path: str) -> None:
    with browser(server, "1") as ann:
        assert ann.get(START, params={"next": path}).url.host == "127.0.0.1"


def test_a_provider_that_is_away_or_another_is_said_to_be(place: Place, provider: Provider) -> None:
    nowhere = Provider(f"http://127.0.0.1:{free_port()}")
    for wrong, reason in ((nowhere, "cannot be reached"), (Provider(f"{provider.issuer}/"), "to the letter")):
        with serving(place, wrong) as server, browser(server, "1") as ann:
            assert error_of(ann.get(START).content)[0] == "TEMPORARILY_UNAVAILABLE"
            assert reason in ann.get(START).text


def test_a_wrong_client_secret_is_named_as_such_and_nowhere_shown(place: Place, provider: Provider) -> None:
    with serving(place, provider, secret="another secret") as server, browser(server, "1") as ann:
        refused(ann.get(START), 403, "--oidc-client-id or its secret")
        assert "another secret" not in server.output


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        ("--public-url", "--public-url"),
        ("--oidc-client-id", "--oidc-client-id"),
        ("secret", "TRACKLINE_OIDC_CLIENT_SECRET"),
    ],
)
def test_a_server_says_what_it_lacks_for_single_sign_on(tmp_path: Path, left_out: str, reason: str) -> None:
    flags = {"--oidc-issuer": "https://id.example", "--oidc-client-id": "t", "--public-url": "https://t.example"}
    secret = "" if left_out == "secret" else CLIENT_SECRET
    given = [f"{name}={value}" for name, value in flags.items() if name != left_out]
    said = trackline(tmp_path, "server", *given, code=2, TRACKLINE_OIDC_CLIENT_SECRET=secret)
    assert f"--oidc-issuer needs {reason}" in said.replace("the client's secret (", "")


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("--oidc-issuer=http://id.example", "without encryption"),
        ("--oidc-groups=lab", "'lab' is not of the form GROUP=ROLE"),
        ("--artifacts-only", "has no users"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, flag: str, reason: str) -> None:
    flags = ["--oidc-issuer=https://id.example", "--oidc-client-id=t", "--public-url=https://t.example", flag]
    said = trackline(tmp_path, "server", *flags, code=2, TRACKLINE_OIDC_CLIENT_SECRET=CLIENT_SECRET)
    assert reason in said


def test_a_server_without_a_provider_says_so(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        assert http.get(ME).json()["oidc"] is None
        for path in (START, CALLBACK):
            assert error_of(http.get(path).content)[0] == "NOT_IMPLEMENTED"


def test_the_secrets_of_a_sign_in_are_in_no_log_and_no_database(place: Place, provider: Provider) -> None:
    with serving(place, provider) as server, browser(server, "1") as ann:
        callback = brought_to_callback(ann)
        [(_, code)] = [pair for pair in parse_qsl(urlsplit(callback).query) if pair[0] == "code"]
        ann.get(callback)
        session = ann.cookies[COOKIE]
    with sqlite3.connect(place.folder / "trackline.db") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    for secret in (code, session, CLIENT_SECRET):
        assert secret not in dump
        assert secret not in server.output


@contextmanager
def serving(place: Place, provider: Provider, *flags: str, secret: str = CLIENT_SECRET) -> Iterator[Server]:
    given = (
        f"--port={place.port}",
        f"--public-url=http://127.0.0.1:{place.port}",
        f"--oidc-issuer={provider.issuer}",
        f"--oidc-client-id={CLIENT_ID}",
        "--oidc-scopes=openid email groups",
        GROUPS,
        *flags,
    )
    with running_server(place.folder, *given, env={"TRACKLINE_OIDC_CLIENT_SECRET": secret}) as server:
        yield server


@contextmanager
def browser(server: Server, person: str) -> Iterator[httpx.Client]:
    """Whoever holds it is this person to the provider; "" says no there."""
    with httpx.Client(
        base_url=server.url, headers={"x-person": person}, follow_redirects=True, timeout=PATIENCE, trust_env=False
    ) as client:
        yield client


def brought_to_callback(client: httpx.Client) -> str:
    """The address to which the provider sends the browser back, which it has not followed."""
    client.follow_redirects = False
    address = client.get(START).headers["location"]
    while CALLBACK not in address:
        answer = client.get(address)
        address = str(answer.url.join(answer.headers["location"]))
    return str(address)


def with_query(address: str, **changes: str) -> str:
    parts = urlsplit(address)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | changes)).geturl()


def refused(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert words in error_of(answer.content)[1]
    assert COOKIE not in answer.headers.get("set-cookie", "")


def roles(admin: httpx.Client) -> dict[str, list[str]]:
    users = admin.get(f"{API}/users/list").json()["users"]
    return {user["username"]: [role["name"] for role in user["roles"]] for user in users}


def writing(server: Server, body: Any) -> dict[str, Any]:
    return {"json": body, "headers": {"origin": server.url}}


def trackline(folder: Path, *arguments: str, given: str = "", code: int = 0, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "trackline", *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=clean_environment(PYTHONPATH=str(ROOT), **environment),
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr
