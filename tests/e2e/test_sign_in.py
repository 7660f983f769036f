"""Signing in with a browser: who is not known is asked, who may not is told what is lacking."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.made import made_experiment, made_run
from tests.server.talk import client_of
from tests.servers import ROOT, Server, clean_environment, running_server
from tests.web import built_web

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Ann administrates it, bob may only read."""
    built_web()
    folder = tmp_path_factory.mktemp("sign-in")
    create_user(folder, "ann", "--admin")
    create_user(folder, "bob")
    with running_server(folder) as server:
        yield server


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as client:
        client.auth = ("ann", PASSWORD)
        yield client


def test_who_is_not_known_signs_in_and_is_where_they_wanted_to_be(page: Page, http: httpx.Client) -> None:
    run = made_run(http, made_experiment(http, "asked for"), "brave-fox")
    page.goto(f"/runs/{run}")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.get_by_text("brave-fox").count() == 0
    fill(page, "ann", "wrong")
    expect(page.get_by_role("alert")).to_have_text("User name and password do not fit.")
    fill(page, "ann", PASSWORD)
    expect(page.get_by_role("heading", name="brave-fox")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="brave-fox")).to_be_visible()
    page.get_by_role("button", name="Signed in as ann").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_may_not_is_told_what_is_lacking_and_who_can_give_it(page: Page, http: httpx.Client) -> None:
    made_experiment(http, "anns own")
    page.goto("/experiments")
    fill(page, "bob", PASSWORD)
    page.get_by_role("button", name="Actions on anns own").click()
    page.get_by_role("menuitem", name="Delete").click()
    told = page.locator(".message.failed")
    expect(told).to_contain_text("MANAGE on")
    expect(told).to_contain_text("an administrator, can grant it")
    page.goto("/status")
    expect(page.get_by_role("link", name="Account")).to_be_visible()
    expect(page.get_by_role("link", name="Users")).to_have_count(0)


def test_people_make_tokens_that_are_shown_once_and_revoke_them(page: Page, server: Server) -> None:
    page.goto("/status?tab=account")
    fill(page, "bob", PASSWORD)
    page.get_by_role("button", name="New token").click()
    page.get_by_label("Name", exact=True).fill("laptop")
    page.locator("select[name=scope]").select_option("read")
    page.get_by_role("button", name="Create").click()
    token = page.get_by_role("dialog").locator("pre").first.inner_text()
    assert token.startswith("tlk_")
    page.get_by_role("button", name="Close").click()
    row = page.get_by_role("row").filter(has_text="laptop")
    expect(row).to_contain_text("never")
    headers = {"authorization": f"Bearer {token}"}
    with client_of(server) as client:
        assert client.get("/api/trackline/experiments", headers=headers).status_code == 200
        row.get_by_role("button", name="Revoke").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(row).to_have_count(0)
        assert client.get("/api/trackline/experiments", headers=headers).status_code == 401


def test_an_administrator_makes_users_and_takes_them_away(page: Page, server: Server) -> None:
    page.goto("/status?tab=users")
    fill(page, "ann", PASSWORD)
    page.get_by_role("button", name="New user").click()
    page.get_by_label("User name").fill("carl")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create").click()
    row = page.get_by_role("row").filter(has_text="carl")
    expect(row).to_be_visible()
    with client_of(server) as client:
        assert client.get("/api/trackline/experiments", auth=("carl", PASSWORD)).status_code == 200
    page.get_by_role("button", name="Actions on carl").click()
    page.get_by_role("menuitem", name="Make an administrator").click()
    expect(row).to_contain_text("Administrator")
    page.get_by_role("button", name="Actions on carl").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_people_change_their_password_and_the_old_one_ends(page: Page, server: Server, http: httpx.Client) -> None:
    body = {"username": "dora", "password": PASSWORD}
    http.post("/api/2.0/mlflow/users/create", json=body).raise_for_status()
    page.goto("/status?tab=account")
    fill(page, "dora", PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password").fill("another long sentence")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The password is changed")).to_be_visible()
    with client_of(server) as client:
        assert client.get("/api/trackline/experiments", auth=("dora", PASSWORD)).status_code == 401
        assert client.get("/api/trackline/experiments", auth=("dora", "another long sentence")).status_code == 200


def fill(page: Page, name: str, password: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def create_user(folder: Path, name: str, *flags: str) -> None:
    uri = f"sqlite:///{folder / 'trackline.db'}"
    command = [sys.executable, "-m", "trackline", "user", "create", name, *flags, "--password-file", "-"]
    command += ["--backend-store-uri", uri]
    environment = clean_environment(PYTHONPATH=str(ROOT))
    subprocess.run(command, input=PASSWORD, text=True, check=True, cwd=folder, env=environment, timeout=60)
