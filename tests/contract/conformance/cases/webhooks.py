"""Webhooks: create, list, read, change, delete.

Nothing is delivered here: the webhooks are disabled, or wait for an event that never is.
"""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Talk, case, each

HOOKS = "webhooks"
# A public address, as MLflow asks for one, of a network that was given up (RFC 7526).
URL = "https://192.88.99.1/hook"
EVENTS = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
ASLEEP = {"url": URL, "events": EVENTS, "status": "DISABLED"}


def _made(talk: Talk, body: dict[str, Any], **options: Any) -> None:
    """Creates a webhook, and deletes it if it was accepted: servers hold the webhooks of all cases at once."""
    answer = talk.post(HOOKS, {"name": talk.name("hook"), **ASLEEP, **body}, **options)
    if "webhook" in answer:
        talk.set_up(f"{HOOKS}/{answer['webhook']['webhook_id']}", None, "DELETE")


def _hook(talk: Talk, **fields: Any) -> str:
    made = talk.set_up(HOOKS, {"name": talk.name("hook"), **ASLEEP, **fields})
    hook: str = made["webhook"]["webhook_id"]
    return hook


@case
def a_new_webhook_is_complete(talk: Talk) -> None:
    full = {"name": talk.name("full"), "description": "about", "secret": "nobody knows", **ASLEEP}
    hook = talk.post(HOOKS, full)["webhook"]["webhook_id"]
    talk.get(f"{HOOKS}/{hook}")
    talk.get(f"/ajax-api/2.0/mlflow/{HOOKS}/{hook}")
    _made(talk, full)
    talk.send("DELETE", f"{HOOKS}/{hook}")
    talk.send("DELETE", f"{HOOKS}/{hook}", message=True)
    talk.get(f"{HOOKS}/{hook}", message=True)


@case
def a_webhook_is_awake_unless_it_is_told_otherwise(talk: Talk) -> None:
    for body in each({}, {"status": "ACTIVE"}, {"status": "DISABLED"}, {"status": 1}, {"status": 2}):
        awake = {"name": talk.name("hook"), "url": URL, "events": [{"entity": "BUDGET_POLICY", "action": "EXCEEDED"}]}
        hook = talk.post(HOOKS, awake | body)["webhook"]["webhook_id"]
        talk.set_up(f"{HOOKS}/{hook}", None, "DELETE")
    _made(talk, {"status": "NOPE"}, differs="not ignored")


@case
def a_webhook_needs_a_name_a_url_and_events(talk: Talk) -> None:
    for field in ("name", "url", "events"):
        for value in each(None, "", 5):
            _made(talk, {field: value}, message=True)
    for body in each({"events": []}, {"events": "a"}, {"description": 5}, {"secret": 5}):
        _made(talk, body)


@case
def names_of_webhooks_have_rules(talk: Talk) -> None:
    for name in ("-a", "a-", ".a", "a b", "a/b", "é", "a" * 64):
        _made(talk, {"name": name}, message=True)
    for name in ("a", "1", "A.b_c-1", "a" * 63):
        _made(talk, {"name": name})


@case
def urls_of_webhooks_are_public(talk: Talk) -> None:
    for url in ("http://192.88.99.1/", "ftp://192.88.99.1/", "nope", "https://", "https:///a", " ", "javascript:a"):
        _made(talk, {"url": url})
    for host in (
        *("127.0.0.1", "localhost", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "127.1"),
    ):
        _made(talk, {"url": f"https://{host}/hook"})
    for url in (f"{URL}?a=b", "https://192.88.99.1:8443/hook", "HTTPS://192.88.99.1/hook"):
        _made(talk, {"url": url})


@case
def events_have_an_entity_and_an_action(talk: Talk) -> None:
    for entity, action in (
        *(("MODEL_VERSION", "CREATED"), ("PROMPT", "CREATED"), ("PROMPT_VERSION", "CREATED")),
        *(("MODEL_VERSION_TAG", "SET"), ("MODEL_VERSION_TAG", "DELETED"), ("MODEL_VERSION_ALIAS", "CREATED")),
        *(("MODEL_VERSION_ALIAS", "DELETED"), ("PROMPT_TAG", "SET"), ("PROMPT_TAG", "DELETED")),
        *(("PROMPT_VERSION_TAG", "SET"), ("PROMPT_VERSION_TAG", "DELETED"), ("PROMPT_ALIAS", "CREATED")),
        *(("PROMPT_ALIAS", "DELETED"), ("REGISTERED_MODEL", "DELETED"), ("REGISTERED_MODEL", "UPDATED")),
        *(("MODEL_VERSION_TAG", "CREATED"), ("PROMPT", "SET"), ("PROMPT_ALIAS", "SET")),
    ):
        _made(talk, {"events": [{"entity": entity, "action": action}]}, message=True)
    _made(talk, {"events": [{"entity": 2, "action": 1}]})
    for event in each({"entity": "NOPE", "action": "CREATED"}, {"entity": "registered_model", "action": "created"}):
        _made(talk, {"events": [event]}, differs="not a crash")
    for event in each({}, {"entity": "REGISTERED_MODEL"}, {"action": "CREATED"}, "registered_model.created", 5):
        _made(talk, {"events": [event]}, differs="not a crash")
    _made(talk, {"events": EVENTS + EVENTS}, differs="no SQL in messages")


@case
def webhooks_are_listed_the_newest_first(talk: Talk) -> None:
    hooks = []
    for label in ("first", "second", "third"):
        talk.tick()
        hooks.append(_hook(talk, name=talk.name(label)))
    mine = talk.name("")

    def names(page: Any) -> Any:
        return [hook["name"] for hook in page["webhooks"] if hook["name"].endswith(mine)]

    for size in (None, 2, 3, 0):
        talk.get(HOOKS, {} if size is None else {"max_results": size}, show=names)
    token = talk.get(HOOKS, {"max_results": 1}, show=names)["next_page_token"]
    talk.get(HOOKS, {"max_results": 1, "page_token": token}, show=names)
    talk.get(f"/ajax-api/2.0/mlflow/{HOOKS}", {"max_results": 1})
    for query in each({"max_results": 1001}, {"max_results": -1}, {"max_results": "x"}, {"page_token": "no token"}):
        talk.get(HOOKS, query)
    for hook in hooks:
        talk.set_up(f"{HOOKS}/{hook}", None, "DELETE")
    talk.get(HOOKS, show=lambda page: names(page) if page else [])


@case
def a_webhook_is_changed(talk: Talk) -> None:
    hook = _hook(talk, description="old", secret="old")
    new = {"name": talk.name("new"), "description": "new", "url": f"{URL}/new", "secret": "new"}
    for body in each(
        {},
        {**new, "events": [{"entity": "PROMPT", "action": "CREATED"}]},
        *({"description": ""}, {"name": ""}, {"url": ""}, {"events": []}, {"secret": ""}),
        {"webhook_id": "another"},
        {"events": [{"entity": "MODEL_VERSION_TAG", "action": "DELETED"}, {"entity": "PROMPT", "action": "CREATED"}]},
    ):
        talk.send("PATCH", f"{HOOKS}/{hook}", body)
    talk.get(f"{HOOKS}/{hook}")
    for body in each({"name": "-"}, {"url": "http://192.88.99.1/"}, {"url": "https://127.0.0.1/"}, {"name": 5}):
        talk.send("PATCH", f"{HOOKS}/{hook}", body)
    wrong = {"events": [{"entity": "PROMPT", "action": "SET"}]}
    talk.send("PATCH", f"{HOOKS}/{hook}", wrong, message=True)
    talk.send("PATCH", f"{HOOKS}/{hook}", {"status": "NOPE"}, differs="not ignored")
    talk.get(f"{HOOKS}/{hook}")
    talk.set_up(f"{HOOKS}/{hook}", None, "DELETE")


@case
def a_webhook_that_is_not_there_is_not_found(talk: Talk) -> None:
    for method, path, body in (("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None), ("POST", "/test", {})):
        talk.send(method, f"{HOOKS}/none{path}", body, message=True)


@case
def only_events_that_can_be_are_tested(talk: Talk) -> None:
    hook = _hook(talk)
    talk.post(f"{HOOKS}/{hook}/test", {"event": {"entity": "PROMPT", "action": "SET"}}, message=True)
    for event in each({"entity": "NOPE", "action": "SET"}, {}):
        talk.post(f"{HOOKS}/{hook}/test", {"event": event}, differs="not a crash")
    talk.set_up(f"{HOOKS}/{hook}", None, "DELETE")
