"""Prompts are registered models with tags; lists of models leave them out."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.cases.registered_models import pairs, registered, version_of
from tests.contract.conformance.talk import Talk, case

IS_PROMPT = "mlflow.prompt.is_prompt"
PROMPT = pairs(**{IS_PROMPT: "true"})
TEXT = pairs(**{IS_PROMPT: "true", "mlflow.prompt.text": "Hello {{name}}", "_mlflow_prompt_type": "text"})


def _names(found: Any) -> Any:
    (rows,) = [rows for rows in found.values() if isinstance(rows, list)] or [[]]
    return sorted(row["name"].rpartition("-")[0] for row in rows)


def _prompt(talk: Talk, label: str = "prompt") -> str:
    name = registered(talk, label, tags=PROMPT)
    talk.set_up("model-versions/create", {"name": name, "source": "dummy-source", "tags": TEXT})
    return name


@case
def a_prompt_is_registered(talk: Talk) -> None:
    name = talk.name("prompt")
    talk.post("registered-models/create", {"name": name, "description": "first", "tags": PROMPT})
    for source in ("dummy-source", "prompt-template"):
        body = {"name": name, "source": source, "description": "first", "tags": TEXT}
        talk.post("model-versions/create", body)
    talk.get("registered-models/get", {"name": name})
    talk.get("model-versions/get", {"name": name, "version": "1"})
    talk.post("registered-models/alias", {"name": name, "alias": "live", "version": "1"})
    for alias in ("live", "latest"):
        talk.get("registered-models/alias", {"name": name, "alias": alias})
    talk.get("model-versions/get-download-uri", {"name": name, "version": "1"})


@case
def versions_of_prompts_have_no_files(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    name = registered(talk, "prompt", tags=PROMPT)
    for source in ("s3://bucket/model", "file:///etc", f"runs:/{run}/model", "dummy", "", f"models:/{name}/1"):
        body = {"name": name, "source": source, "run_id": run, "tags": TEXT}
        talk.post("model-versions/create", body, message=True)
    for value in ("True", "TRUE"):
        tags = pairs(**{IS_PROMPT: value})
        talk.post("model-versions/create", {"name": name, "source": "dummy-source", "tags": tags})
    for tags in ([], pairs(**{IS_PROMPT: "false"}), [*PROMPT, *pairs(**{IS_PROMPT: "false"})]):
        talk.post("model-versions/create", {"name": name, "source": "dummy-source", "tags": tags})


@case
def a_prompt_is_no_source_of_a_model(talk: Talk) -> None:
    name = _prompt(talk)
    model = registered(talk)
    for source in (f"{name}/1", f"{name}/latest"):
        talk.post("model-versions/create", {"name": model, "source": f"models:/{source}"}, message=True)


@case
def the_text_of_a_prompt_is_bounded(talk: Talk) -> None:
    name = registered(talk, "prompt", tags=PROMPT)
    for size in (100_000, 100_001):
        tags = [*PROMPT, {"key": "mlflow.prompt.text", "value": "x" * size}]
        talk.post("model-versions/create", {"name": name, "source": "dummy-source", "tags": tags}, message=True)


@case
def prompts_and_models_share_their_names(talk: Talk) -> None:
    prompt, model = _prompt(talk), registered(talk)
    talk.post("registered-models/create", {"name": prompt}, message=True)
    talk.post("registered-models/create", {"name": prompt, "tags": PROMPT}, message=True)
    talk.post("registered-models/create", {"name": model, "tags": PROMPT}, message=True)
    talk.post("registered-models/create", {"name": model, "tags": pairs(**{IS_PROMPT: "false"})}, message=True)


@case
def lists_of_models_leave_prompts_out(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    _prompt(talk)
    version_of(talk, registered(talk, "model", tags=pairs(team="red")), run)
    version_of(talk, registered(talk, "no prompt", tags=pairs(**{IS_PROMPT: "false"})), run)
    mine = f"name LIKE '%{talk.name('')}'"
    tag = f"tags.`{IS_PROMPT}`"
    for path in ("registered-models/search", "model-versions/search"):
        for text in (
            *("", f" AND {tag} = 'true'", f" AND {tag} != 'true'", f" AND {tag} = 'false'", f" AND {tag} != 'false'"),
            *(f" AND tag.`{IS_PROMPT}` = 'true'", f" AND {tag} = 'TRUE'"),
            *(f" AND tags.team = 'red' AND {tag} != 'true'", f" AND tags.team = 'red' AND {tag} = 'true'"),
        ):
            talk.get(path, {"filter": mine + text}, show=_names)
        talk.get(path, {"filter": f"{mine} AND {tag} LIKE 'true'"}, show=_names, differs="a filter for prompts")
    talk.get("registered-models/search", {"filter": f"{tag} = 'true' AND {mine}"})
    talk.get("model-versions/search", {"filter": f"name = '{talk.name('prompt')}' AND {tag} = 'true'"})


@case
def prompts_are_found_by_experiment_and_by_run(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    name, _ = _prompt(talk), _prompt(talk, "other")
    ids = {"key": "_mlflow_experiment_ids", "value": ",7,"}
    talk.post("registered-models/set-tag", {"name": name, **ids})
    runs = {"key": "mlflow.prompt.associatedRunIds", "value": f"{run},{'0' * 32}"}
    talk.post("model-versions/set-tag", {"name": name, "version": "1", **runs})
    prompts = f"tags.`{IS_PROMPT}` = 'true' AND "
    text = f"{prompts}tags.`_mlflow_experiment_ids` LIKE '%,7,%' AND name LIKE '%{talk.name('')}'"
    talk.get("registered-models/search", {"filter": text}, show=_names)
    text = f"tags.`mlflow.prompt.associatedRunIds` LIKE '%{run}%' AND tags.`{IS_PROMPT}` = 'true'"
    talk.get("model-versions/search", {"filter": text}, show=_names)
