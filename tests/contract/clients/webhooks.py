"""Webhooks as the stock client makes them. Nothing is delivered here; that is tests/contract/test_webhooks.py."""

from __future__ import annotations

from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookEvent, WebhookStatus

from tests.contract.clients.harness import refused, scenario

# A public address of a network that was given up (RFC 7526), which no webhook here is awake to send to.
URL = "https://192.88.99.1/hook"


@scenario("3.17")
def a_webhook_is_made_changed_and_deleted(experiment_id: str) -> None:
    client = MlflowClient()
    events = [WebhookEvent("model_version", "created"), WebhookEvent("registered_model", "created")]
    made = client.create_webhook("hook", URL, events, "about", "secret", WebhookStatus.DISABLED)
    assert (made.name, made.url, made.description, made.status) == ("hook", URL, "about", WebhookStatus.DISABLED)
    assert set(made.events) == set(events) and made.secret is None
    changed = client.update_webhook(made.webhook_id, name="other", events=events[:1], description="new")
    assert (changed.name, changed.description, changed.events) == ("other", "new", events[:1])
    assert client.get_webhook(made.webhook_id).last_updated_timestamp == changed.last_updated_timestamp
    assert made.webhook_id in [hook.webhook_id for hook in client.list_webhooks(max_results=1000)]
    client.delete_webhook(made.webhook_id)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_webhook(made.webhook_id)


@scenario("3.17")
def a_webhook_to_this_machine_is_refused(experiment_id: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "no public address"):
        MlflowClient().create_webhook("hook", "https://127.0.0.1/", [WebhookEvent("model_version", "created")])
