"""The page of the server: how it is, and whom it tells of what happens."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.made import made_experiment, made_run
from tests.jobs.importers.made import trackline
from tests.receivers import Receiver, Reply
from tests.receivers import receiver as running_receiver
from tests.server.talk import API, client_of
from tests.servers import Server, running_server
from tests.web import built_web


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that may tell receivers on this machine."""
    built_web()
    flags = ("--webhook-allow-private-ips", "--webhook-allowed-schemes", "http,https")
    beside = {"TRACKLINE_NOTEBOOKS_URL": "http://127.0.0.1:8888/jupyter/lab?token=hidden"}
    with running_server(tmp_path_factory.mktemp("status"), *flags, env=beside) as server:
        yield server


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


def test_the_page_says_where_the_data_is_and_how_much(page: Page, http: httpx.Client) -> None:
    made_run(http, made_experiment(http, "counted"), "one", metrics={"loss": {0: 1.0, 1: 0.5}})
    page.goto("/status")
    expect(page.get_by_role("row", name="Place")).to_contain_text("trackline.db (SQLite)")
    expect(page.get_by_role("row", name="Speaks MLflow")).to_contain_text("3.")
    expect(page.get_by_role("row", name="Size")).to_contain_text("KiB")
    expect(page.get_by_role("row", name="mlflow-artifacts: is kept in")).to_contain_text("/artifacts")
    expect(page.locator(".stores")).to_contain_text("mlflow-artifacts:/ answers")
    expect(page.locator(".counts")).to_contain_text("Points2")


def test_the_page_shows_what_takes_the_room(page: Page, server: Server, http: httpx.Client) -> None:
    experiment = made_experiment(http, "heavy")
    run = made_run(http, experiment, "heaviest", metrics={"loss": {0: 1.0, 1: 0.5}})
    http.post(f"{API}/registered-models/create", json={"name": "heavy model"}).raise_for_status()
    source = f"mlflow-artifacts:/{experiment}/{run}/artifacts/model"
    http.put(f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/model/weights", content=bytes(5 * 1024))
    version = {"name": "heavy model", "source": source, "run_id": run}
    http.post(f"{API}/model-versions/create", json=version).raise_for_status()
    folder = server.log.parent
    database = f"--backend-store-uri=sqlite:///{folder / 'trackline.db'}"
    assert trackline("du", database, f"--artifacts-destination={folder / 'artifacts'}").returncode == 0

    page.goto("/status")
    expect(page.get_by_role("row", name="heavy model")).to_contain_text("5 KiB")
    page.get_by_role("button", name="Show the largest in heavy").click()
    expect(page.get_by_role("row", name="heaviest")).to_contain_text("5 KiB")
    page.get_by_role("link", name="heaviest").click()
    expect(page.get_by_role("heading", name="heaviest")).to_be_visible()


def test_the_notebooks_beside_the_server_are_one_click_away(page: Page, server: Server) -> None:
    page.goto("/experiments")
    expect(page.get_by_role("link", name="Notebooks")).to_have_attribute("href", f"{server.url}/notebooks")


def test_a_webhook_is_made_tried_changed_and_deleted(page: Page, receiver: Receiver) -> None:
    page.goto("/status?tab=webhooks")
    page.get_by_role("button", name="New webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("ends")
    dialog.get_by_label("Address").fill(f"{receiver.url}/told")
    dialog.get_by_role("button", name="Create").click()
    expect(page.locator(".message.failed")).to_be_visible()  # no event is chosen
    dialog.get_by_label("run.failed").check()
    dialog.get_by_role("button", name="Create").click()
    row = page.get_by_role("row").filter(has_text="ends")
    expect(row).to_contain_text("run.failed")
    page.get_by_role("button", name="Actions on ends").click()
    page.get_by_role("menuitem", name="Test").click()
    expect(page.get_by_text("It answered 200.")).to_be_visible()
    assert receiver.wait_for(1)[0].event == "run.failed"
    page.get_by_role("button", name="Actions on ends").click()
    page.get_by_role("menuitem", name="Disable").click()
    expect(row).to_contain_text("Disabled")
    page.get_by_role("button", name="Actions on ends").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_deliveries_are_listed_and_sent_again(page: Page, http: httpx.Client, receiver: Receiver) -> None:
    receiver.answer = lambda _: Reply(500, b"<script>alert(1)</script>")
    events = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    made = {"name": "models", "url": receiver.url, "events": events}
    http.post("/api/trackline/webhooks", json=made).raise_for_status()
    http.post(f"{API}/registered-models/create", json={"name": "told of"}).raise_for_status()
    receiver.wait_for(1)
    page.goto("/status?tab=webhooks")
    page.get_by_role("button", name="models", exact=True).click()
    log = page.get_by_role("region", name="Deliveries")
    page.get_by_role("button", name="Read again").click()
    expect(log).to_contain_text("Waiting")
    expect(log).to_contain_text("500 <script>alert(1)</script>")
    receiver.answer = lambda _: Reply()
    page.get_by_role("button", name="Send again").click()
    receiver.wait_for(2)
    expect(log).to_contain_text("registered_model.created")
    page.get_by_role("button", name="Delivered").click()
    page.get_by_role("button", name="Read again").click()
    expect(log).to_contain_text("200 thanks")


def test_a_server_without_users_says_how_they_begin(page: Page) -> None:
    page.goto("/status?tab=users")
    expect(page.get_by_text("trackline user create ann --admin")).to_be_visible()
