"""Webhooks from end to end: a real server, real receivers."""

from __future__ import annotations

import base64
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.receivers import Received, Reply, receiver, until
from tests.server.hooks import EVENTS, OURS, PRIVATE, RUN_ENDS, SECRET, deliveries, is_signed, made, post, run_to_end
from tests.server.talk import API, client_of, error_of
from tests.servers import Server, free_port, running_server


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tells receivers on loopback."""
    with running_server(tmp_path_factory.mktemp("webhooks"), *PRIVATE) as server:
        yield server


@pytest.fixture
def http(private: Server) -> Iterator[httpx.Client]:
    with client_of(private) as client:
        yield client


def test_each_event_is_told_with_mlflows_names_and_fields(http: httpx.Client) -> None:
    prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    text = [*prompt, {"key": "mlflow.prompt.text", "value": "Hello {{x}}"}]
    with receiver() as told:
        hook = made(http, told.url)
        run = run_to_end(http, name="bold")
        model = {"name": "m", "tags": [{"key": "a", "value": "b"}]}
        post(http, f"{API}/registered-models/create", model)
        version = {"name": "m", "source": f"runs:/{run}/x", "run_id": run, "description": "x"}
        post(http, f"{API}/model-versions/create", version)
        change_tags_and_aliases(http, "m")
        post(http, f"{API}/registered-models/set-tag", {"name": "m", "key": "nobody", "value": "is told"})
        post(http, f"{API}/registered-models/create", {"name": "p", "tags": prompt, "description": "d"})
        post(http, f"{API}/model-versions/create", {"name": "p", "source": "dummy-source", "tags": text})
        change_tags_and_aliases(http, "p")
        post(http, f"{API}/registered-models/set-tag", {"name": "p", "key": "k", "value": "v"})
        post(http, f"{API}/registered-models/delete-tag", {"name": "p", "key": "k"}, "DELETE")
        got = told.wait_for(15)
        post(http, f"{API}/webhooks/{hook}", method="DELETE")
    said = [(one.event, one.data) for one in got]
    ended = said[0][1]
    assert {"run_id": run, "run_name": "bold", "status": "FINISHED", "end_time": 5}.items() <= ended.items()
    alias, named = {"name": "m", "alias": "best"}, {"name": "m", "version": "1", "key": "k"}
    of_prompt, prompt_named = {"name": "p", "alias": "best"}, {"name": "p", "version": "1", "key": "k"}
    assert said == [
        ("run.finished", ended),
        ("registered_model.created", {"name": "m", "tags": {"a": "b"}, "description": ""}),
        ("model_version.created", {**version, "version": "1", "tags": {}}),
        ("model_version_tag.set", {**named, "value": "v"}),
        ("model_version_tag.deleted", named),
        ("model_version_alias.created", {**alias, "version": "1"}),
        ("model_version_alias.deleted", alias),
        ("prompt.created", {"name": "p", "tags": {}, "description": "d"}),
        (
            "prompt_version.created",
            {"name": "p", "version": "1", "template": "Hello {{x}}", "tags": {}, "description": None},
        ),
        ("prompt_version_tag.set", {**prompt_named, "value": "v"}),
        ("prompt_version_tag.deleted", prompt_named),
        ("prompt_alias.created", {**of_prompt, "version": "1"}),
        ("prompt_alias.deleted", of_prompt),
        ("prompt_tag.set", {"name": "p", "key": "k", "value": "v"}),
        ("prompt_tag.deleted", {"name": "p", "key": "k"}),
    ]


def change_tags_and_aliases(http: httpx.Client, name: str) -> None:
    tag, alias = {"name": name, "version": "1", "key": "k"}, {"name": name, "alias": "best"}
    post(http, f"{API}/model-versions/set-tag", {**tag, "value": "v"})
    post(http, f"{API}/model-versions/delete-tag", tag, "DELETE")
    post(http, f"{API}/registered-models/alias", {**alias, "version": "1"})
    post(http, f"{API}/registered-models/alias", alias, "DELETE")


def test_a_run_is_told_of_when_it_ends_and_once_only(http: httpx.Client) -> None:
    with receiver() as told:
        hook = made(http, told.url, events=RUN_ENDS)
        runs = [run_to_end(http, status) for status in ("FAILED", "KILLED", "FINISHED")]
        post(http, f"{API}/runs/update", {"run_id": runs[2], "status": "FINISHED"})
        post(http, f"{API}/runs/update", {"run_id": runs[2], "run_name": "other"})
        post(http, f"{API}/runs/update", {"run_id": runs[2], "status": "RUNNING"})
        post(http, f"{API}/runs/update", {"run_id": runs[2], "status": "FAILED"})
        got = told.wait_for(4)
        until(lambda: not deliveries(http, hook, state="PENDING"))
        assert [one.event for one in told.got] == ["run.failed", "run.killed", "run.finished", "run.failed"]
        assert [one.data["run_id"] for one in got] == [*runs, runs[2]]
        post(http, f"{API}/webhooks/{hook}", method="DELETE")


def test_messages_are_signed_with_the_secret_as_long_as_there_is_one(http: httpx.Client) -> None:
    with receiver() as told:
        hook = made(http, told.url, events=RUN_ENDS, secret=SECRET)
        run_to_end(http)
        (first,) = told.wait_for(1)
        assert is_signed(first, SECRET) and not is_signed(first, "another")
        assert first.headers["content-type"] == "application/json"
        post(http, f"{API}/webhooks/{hook}", {"secret": "new"}, "PATCH")
        run_to_end(http)
        assert is_signed(told.wait_for(2)[1], "new")
        post(http, f"{API}/webhooks/{hook}", {"secret": ""}, "PATCH")
        run_to_end(http)
        assert "x-mlflow-signature" not in told.wait_for(3)[2].headers
        post(http, f"{API}/webhooks/{hook}", method="DELETE")


def test_a_failing_receiver_gets_everything_in_order_once_it_recovers(http: httpx.Client) -> None:
    broken = threading.Event()
    broken.set()
    with receiver() as told:
        told.answer = lambda _: Reply(503, b"not now") if broken.is_set() else Reply()
        hook = made(http, told.url, events=RUN_ENDS)
        runs = [run_to_end(http) for _ in range(5)]
        told.wait_for(2)
        assert {one.data["run_id"] for one in told.got} == {runs[0]}
        waiting = until(lambda: [one for one in deliveries(http, hook, state="PENDING") if one.get("response_status")])
        assert [(one["response_status"], one["response_body"]) for one in waiting] == [(503, "not now")]
        broken.clear()
        until(lambda: len(deliveries(http, hook, state="DELIVERED")) == 5)
        accepted = list(dict.fromkeys(one.data["run_id"] for one in told.got))
        assert accepted == runs
        tries = [one.headers["x-mlflow-delivery-id"] for one in told.got if one.data["run_id"] == runs[0]]
        assert len(tries) > 1 and set(tries) == {deliveries(http, hook)[-1]["delivery_id"]}
        post(http, f"{API}/webhooks/{hook}", method="DELETE")


def test_a_slow_receiver_delays_no_other(http: httpx.Client) -> None:
    held = threading.Event()
    with receiver() as slow, receiver() as quick:

        def wait(_: Received) -> Reply:
            held.wait(60)
            return Reply()

        slow.answer = wait
        hooks = [made(http, one.url, events=RUN_ENDS) for one in (slow, quick)]
        for _ in range(3):
            run_to_end(http)
        quick.wait_for(3)
        assert len(slow.got) <= 1
        held.set()
        slow.wait_for(3)
        for hook in hooks:
            post(http, f"{API}/webhooks/{hook}", method="DELETE")


def test_a_disabled_webhook_hears_nothing_and_a_changed_address_gets_what_waits(http: httpx.Client) -> None:
    with receiver() as told:
        hook = made(http, f"http://127.0.0.1:{free_port()}/", events=RUN_ENDS)
        waiting = run_to_end(http)
        until(lambda: deliveries(http, hook)[0]["attempts"])
        post(http, f"{API}/webhooks/{hook}", {"status": "DISABLED"}, "PATCH")
        run_to_end(http)
        post(http, f"{API}/webhooks/{hook}", {"status": "ACTIVE", "url": told.url}, "PATCH")
        last = run_to_end(http)
        assert [one.data["run_id"] for one in told.wait_for(2)] == [waiting, last]
        post(http, f"{API}/webhooks/{hook}", method="DELETE")


def test_redirects_are_not_followed(http: httpx.Client) -> None:
    with receiver() as elsewhere, receiver() as told:
        told.answer = lambda _: Reply(307, b"", (("location", elsewhere.url),))
        hook = made(http, told.url, events=RUN_ENDS)
        run_to_end(http)
        told.wait_for(2)
        assert not elsewhere.got
        assert deliveries(http, hook)[0]["response_status"] == 307
        post(http, f"{API}/webhooks/{hook}", method="DELETE")


def test_a_test_sends_an_example_at_once_and_tells_the_answer(http: httpx.Client) -> None:
    with receiver() as told:
        hook = made(http, told.url, status="DISABLED", secret=SECRET)
        answer = post(http, f"{API}/webhooks/{hook}/test")
        assert answer == {"result": {"success": True, "response_status": 200, "response_body": "thanks"}}
        for event in EVENTS:
            assert post(http, f"{API}/webhooks/{hook}/test", {"event": event})["result"]["success"]
            last = told.got[-1]
            assert last.event == f"{event['entity']}.{event['action']}".lower() and is_signed(last, SECRET)
        told.answer = lambda _: Reply(500, b"x" * 100_000)
        result = post(http, f"{API}/webhooks/{hook}/test")["result"]
        assert (result["success"], result["response_status"], len(result["response_body"])) == (False, 500, 4096)
    result = post(http, f"{API}/webhooks/{hook}/test")["result"]
    assert result["success"] is False and "Failed to test webhook: ConnectError" in result["error_message"]
    assert deliveries(http, hook) == []
    post(http, f"{API}/webhooks/{hook}", method="DELETE")


def test_a_delivery_is_sent_again_when_that_is_asked_for(http: httpx.Client) -> None:
    with receiver() as told:
        hook = made(http, told.url, events=RUN_ENDS)
        run = run_to_end(http)
        told.wait_for(1)
        (done,) = until(lambda: deliveries(http, hook, state="DELIVERED"))
        again = post(http, f"{OURS}/webhooks/{hook}/deliveries/{done['number']}/retry")["delivery"]
        assert (again["state"], again["number"]) == ("PENDING", done["number"])
        first, second = told.wait_for(2)
        assert second.data["run_id"] == run and second.body == first.body
        assert second.headers["x-mlflow-delivery-id"] == first.headers["x-mlflow-delivery-id"]
        answer = http.post(f"{OURS}/webhooks/{hook}/deliveries/99/retry", json={})
        assert answer.status_code == 404 and "no delivery 99" in error_of(answer.content)[1]
        post(http, f"{API}/webhooks/{hook}", method="DELETE")


def test_the_log_has_pages_and_only_the_states_that_there_are(http: httpx.Client) -> None:
    with receiver() as told:
        hook = made(http, told.url, events=RUN_ENDS)
        for _ in range(3):
            run_to_end(http)
        told.wait_for(3)
        page = http.get(f"{OURS}/webhooks/{hook}/deliveries", params={"max_results": 2}).json()
        token = page["next_page_token"]
        rest = deliveries(http, hook, max_results=2, page_token=token)
        assert [one["number"] for one in (*page["deliveries"], *rest)] == [3, 2, 1]
        for query in ({"state": "LOST"}, {"max_results": -1}, {"page_token": "x"}):
            assert http.get(f"{OURS}/webhooks/{hook}/deliveries", params=query).status_code == 400
        post(http, f"{API}/webhooks/{hook}", method="DELETE")
    assert http.get(f"{OURS}/webhooks/{hook}/deliveries").status_code == 404


def test_mlflows_list_leaves_out_webhooks_of_runs_and_ours_has_all(http: httpx.Client) -> None:
    hooks = [made(http, "https://192.88.99.1/", events=events) for events in (EVENTS[:1], RUN_ENDS[:1], EVENTS)]
    listed = [[hook["webhook_id"] for hook in http.get(f"{root}/webhooks").json()["webhooks"]] for root in (API, OURS)]
    assert listed == [[hooks[0]], hooks[::-1]]
    for hook in hooks:
        post(http, f"{OURS}/webhooks/{hook}", method="DELETE")


def test_no_answer_log_or_file_tells_a_secret(tmp_path: Path) -> None:
    with running_server(tmp_path, *PRIVATE) as server, client_of(server) as http, receiver() as told:
        hook = made(http, told.url, secret=SECRET)
        answers = [
            http.get(f"{API}/webhooks/{hook}"),
            http.get(f"{OURS}/webhooks"),
            http.patch(f"{API}/webhooks/{hook}", json={"secret": f"{SECRET}!"}),
            http.post(f"{API}/webhooks/{hook}/test", json={}),
            http.post(f"{API}/webhooks", json={"name": "-", "secret": SECRET, "url": "x", "events": EVENTS}),
        ]
        run_to_end(http)
        assert all(is_signed(one, f"{SECRET}!") for one in told.wait_for(2))
        assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 400]
        assert not any(SECRET in answer.text for answer in answers)
        key = tmp_path / "trackline.db.webhook-key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        stored = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and file != key]
        assert not any(SECRET.encode() in content for content in stored)
        assert key.read_bytes().strip() not in b"".join(stored)


def test_with_another_key_nothing_is_sent_unsigned(tmp_path: Path) -> None:
    keys = [base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in range(2)]
    with receiver() as told:
        name = "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"
        with running_server(tmp_path, *PRIVATE, env={name: keys[0]}) as server, client_of(server) as http:
            hook = made(http, told.url, secret=SECRET)
            assert post(http, f"{API}/webhooks/{hook}/test")["result"]["success"]
        with running_server(tmp_path, *PRIVATE, env={name: keys[1]}) as server, client_of(server) as http:
            result = post(http, f"{API}/webhooks/{hook}/test")["result"]
            assert result["success"] is False and "another key" in result["error_message"]
        assert len(told.got) == 1
        assert not list(tmp_path.glob("*.webhook-key"))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "0.0.0.0", "[::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]"),
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1"),
        *("[fe80::1]", "[fc00::1]", "[2002:7f00:1::]", "[ff02::1]", "user:pass@127.0.0.1"),
    ],
)
def test_addresses_that_are_not_public_are_refused(host: str, server: Server) -> None:
    with client_of(server) as http:
        body = {"name": "hook", "url": f"https://{host}/", "events": EVENTS}
        answer = http.post(f"{API}/webhooks", json=body)
        assert answer.status_code == 400
        assert "--webhook-allow-private-ips" in error_of(answer.content)[1]


def test_what_was_allowed_once_is_refused_by_a_server_that_does_not(tmp_path: Path) -> None:
    with receiver() as told:
        with running_server(tmp_path, *PRIVATE) as server, client_of(server) as http:
            hook = made(http, told.url, events=RUN_ENDS)
        schemes = ("--webhook-allowed-schemes", "http")
        with running_server(tmp_path, *schemes) as server, client_of(server) as http:
            assert "no public address" in post(http, f"{API}/webhooks/{hook}/test")["result"]["error_message"]
            run_to_end(http)
            (waiting,) = until(lambda: [one for one in deliveries(http, hook) if one["attempts"]])
            assert "no public address" in waiting["error_message"]
        with running_server(tmp_path) as server, client_of(server) as http:
            assert "scheme" in post(http, f"{API}/webhooks/{hook}/test")["result"]["error_message"]
        assert told.got == []


@pytest.mark.parametrize(
    "change",
    [
        *({"url": url} for url in ("https://a b/", "https://x:99999/", "https://[/", "https://\n/", "h" * 3000, "//x")),
        *({"description": "x" * 1001}, {"secret": "x" * 1001}, {"events": [*EVENTS, EVENTS[0]]}),
        *({"events": [{"entity": 11, "action": 1}]}, {"events": [{"entity": 0, "action": -1}]}, {"status": 3}),
        *({"events": [{"entity": "RUN", "action": "CREATED"}]}, {"url": "https://no.such.host.invalid/"}),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(change: dict[str, Any], server: Server) -> None:
    with client_of(server) as http:
        body = {"name": "hook", "url": "https://192.88.99.1/", "events": EVENTS, **change}
        answer = http.post(f"{API}/webhooks", json=body)
        assert answer.status_code == 400 and error_of(answer.content)[0] == "INVALID_PARAMETER_VALUE"
