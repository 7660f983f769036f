"""The prompt registry: prompts are registered models with tags, which lists of models leave out."""

from __future__ import annotations

import time
from collections.abc import Callable

import mlflow
from mlflow import MlflowClient

from tests.contract.clients.harness import CLIENT, refused, scenario
from tests.contract.clients.registry import own_name

LIMIT_SECONDS = 20.0
IS_PROMPT = {"mlflow.prompt.is_prompt": "true"}
TEXT = "Hello {{ name }}"


def eventually(holds: Callable[[], bool]) -> None:
    """Clients link prompts to experiments in a thread of their own."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


@scenario("2.22")
def a_prompt_is_registered_and_loaded(experiment_id: str) -> None:
    name, client = own_name("greeting"), MlflowClient()
    first = client.register_prompt(name, TEXT, commit_message="first", tags={"team": "red"})
    second = client.register_prompt(name, f"{TEXT}!", commit_message="second")
    assert (int(first.version), int(second.version)) == (1, 2)
    loaded = client.load_prompt(name, version=1)
    assert (loaded.template, int(loaded.version), loaded.commit_message) == (TEXT, 1, "first")
    assert loaded.format(name="Ana") == "Hello Ana"
    assert client.load_prompt(f"prompts:/{name}/2").template == f"{TEXT}!"
    # The older client puts the server's refusal into other words, and forgets its code.
    with refused("RESOURCE_DOES_NOT_EXIST" if CLIENT >= (3, 0) else "INTERNAL_ERROR", "not found"):
        client.load_prompt(name, version=9)


@scenario("2.22")
def an_alias_points_at_a_prompt(experiment_id: str) -> None:
    name, client = own_name("greeting"), MlflowClient()
    for text in ("one", "two"):
        client.register_prompt(name, text)
    client.set_prompt_alias(name, "live", 1)
    assert client.load_prompt(f"prompts:/{name}@live").template == "one"
    client.set_prompt_alias(name, "live", 2)
    assert client.load_prompt(f"prompts:/{name}@live").template == "two"
    client.delete_prompt_alias(name, "live")
    with refused("INVALID_PARAMETER_VALUE" if CLIENT >= (3, 0) else "RESOURCE_DOES_NOT_EXIST", "live"):
        client.load_prompt(f"prompts:/{name}@live")


@scenario("3.17")
def prompts_are_found(experiment_id: str) -> None:
    name, other = own_name("greeting"), own_name("farewell")
    mlflow.genai.register_prompt(name, TEXT, tags={"team": "red"})
    mlflow.genai.register_prompt(other, TEXT)
    client = MlflowClient()
    found = client.search_prompts(f"name = '{name}'")
    assert [(prompt.name, prompt.tags["team"]) for prompt in found] == [(name, "red")]
    assert [prompt.name for prompt in client.search_prompts(f"name IN ('{name}', '{other}')")] == [other, name]
    assert [prompt.name for prompt in client.search_prompts("tags.team = 'red'", max_results=1000)].count(name) == 1
    eventually(
        lambda: {prompt.name for prompt in client.search_prompts(f"experiment_id = '{experiment_id}'")} == {name, other}
    )


@scenario("3.17")
def a_prompt_may_be_a_chat(experiment_id: str) -> None:
    name = own_name("chat")
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{{question}}"}]
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    mlflow.genai.register_prompt(name, turns, response_format=schema, model_config={"temperature": 0.5})
    loaded = mlflow.genai.load_prompt(f"prompts:/{name}@latest")
    assert (loaded.template, loaded.response_format) == (turns, schema)
    assert loaded.model_config == {"temperature": 0.5}
    assert loaded.format(question="Why?")[1]["content"] == "Why?"


@scenario("3.17")
def prompts_are_tagged_and_deleted(experiment_id: str) -> None:
    name, client = own_name("greeting"), MlflowClient()
    client.register_prompt(name, TEXT)
    client.set_prompt_tag(name, "team", "red")
    client.set_prompt_version_tag(name, 1, "checked", "yes")
    assert client.get_prompt(name).tags["team"] == "red"
    assert client.get_prompt_version(name, 1).tags["checked"] == "yes"
    client.delete_prompt_tag(name, "team")
    client.delete_prompt_version_tag(name, 1, "checked")
    assert "team" not in client.get_prompt(name).tags
    assert "checked" not in client.get_prompt_version(name, 1).tags
    client.delete_prompt_version(name, "1")
    client.delete_prompt(name)
    assert client.get_prompt(name) is None


@scenario("2.22")
def a_run_lists_its_prompts(experiment_id: str) -> None:
    name, client = own_name("greeting"), MlflowClient()
    prompt = client.register_prompt(name, TEXT)
    with mlflow.start_run() as run:
        pass
    if CLIENT >= (3, 0):
        client.link_prompt_version_to_run(run.info.run_id, prompt)
        assert name in client.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"]
    else:
        client.log_prompt(run.info.run_id, f"prompts:/{name}/1")
        assert [found.name for found in client.list_logged_prompts(run.info.run_id)] == [name]
        client.detach_prompt_from_run(run.info.run_id, f"prompts:/{name}/1")
        assert client.list_logged_prompts(run.info.run_id) == []


@scenario("3.17")
def a_logged_model_is_linked_to_its_prompt(experiment_id: str) -> None:
    name, client = own_name("greeting"), MlflowClient()
    client.register_prompt(name, TEXT)
    model = mlflow.create_external_model(name="agent")
    client.link_prompt_version_to_model(name, "1", model.model_id)
    assert name in mlflow.get_logged_model(model.model_id).tags["mlflow.linkedPrompts"]


@scenario("2.3")
def lists_of_models_leave_prompts_out(experiment_id: str) -> None:
    """Made below the client: newer ones make no such models, and the oldest knows no prompts but is spared them."""
    prompt, model, client = own_name("greeting"), own_name(), MlflowClient()
    below = client._get_registry_client()  # noqa: SLF001 (the only way that all generations have)
    below.create_registered_model(prompt, tags=IS_PROMPT)
    below.create_model_version(prompt, "dummy-source", tags=IS_PROMPT | {"mlflow.prompt.text": TEXT})
    client.create_registered_model(model)
    found = client.search_registered_models(f"name IN ('{prompt}', '{model}')")
    assert [one.name for one in found] == [model]
    assert client.search_model_versions(f"name = '{prompt}'") == []
    hidden = client.search_model_versions(f"name = '{prompt}' AND tags.`mlflow.prompt.is_prompt` = 'true'")
    assert [version.source for version in hidden] == ["dummy-source"]
