"""A stock client makes a webhook that tells this very process, uses the registry, and checks what it is told.

.cache/clients/3.17/bin/python -m tests.contract.hooked http://127.0.0.1:5000
"""

from __future__ import annotations

import sys

import mlflow
from mlflow import MlflowClient
from mlflow.entities.webhook import VALID_ENTITY_ACTIONS, WebhookEvent
from mlflow.webhooks.delivery import _generate_hmac_signature
from mlflow.webhooks.types import EVENT_TO_PAYLOAD_CLASS

from tests.receivers import Received, receiver

SECRET = "only the two of us know"
EVENTS = [WebhookEvent(entity, action) for entity, actions in VALID_ENTITY_ACTIONS.items() for action in actions]
HERE_NEVER = "budget_policy.exceeded"


def main() -> None:
    mlflow.set_tracking_uri(sys.argv[1])
    client = MlflowClient()
    with receiver() as told:
        hook = client.create_webhook("hook", told.url, EVENTS, secret=SECRET)
        use_models(client)
        use_prompts(client)
        events = {str(event) for event in EVENTS} - {HERE_NEVER}
        while not events <= {one.event for one in told.got}:
            told.wait_for(len(told.got) + 1)
        for one in told.got:
            check(one)
        for event in EVENTS:
            assert client.test_webhook(hook.webhook_id, event).success
            assert told.got[-1].event == str(event)
            check(told.got[-1])
        client.delete_webhook(hook.webhook_id)


def check(one: Received) -> None:
    """The signature is the one MLflow would have made, the fields are those of MLflow's type for the event."""
    delivery, timestamp = one.headers["x-mlflow-delivery-id"], one.headers["x-mlflow-timestamp"]
    expected = _generate_hmac_signature(SECRET, delivery, timestamp, one.body.decode())
    assert one.headers["x-mlflow-signature"] == expected
    event = WebhookEvent.from_str(one.event)
    fields = EVENT_TO_PAYLOAD_CLASS[event.entity, event.action].__annotations__
    assert set(one.data) == set(fields), (one.event, one.data)


def use_models(client: MlflowClient) -> None:
    client.create_registered_model("m", tags={"a": "b"})
    with mlflow.start_run() as run:
        pass
    client.create_model_version("m", f"runs:/{run.info.run_id}/x", run.info.run_id)
    client.set_model_version_tag("m", "1", "k", "v")
    client.delete_model_version_tag("m", "1", "k")
    client.set_registered_model_alias("m", "best", "1")
    client.delete_registered_model_alias("m", "best")


def use_prompts(client: MlflowClient) -> None:
    mlflow.genai.register_prompt("p", "Hello {{x}}", tags={"a": "b"})
    client.set_prompt_tag("p", "k", "v")
    client.delete_prompt_tag("p", "k")
    client.set_prompt_version_tag("p", "1", "k", "v")
    client.delete_prompt_version_tag("p", "1", "k")
    client.set_prompt_alias("p", "best", 1)
    client.delete_prompt_alias("p", "best")


if __name__ == "__main__":
    main()
