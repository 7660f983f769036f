"""Registered models of a server that speaks MLflow's REST API."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from trackline.domain.moving import MovingRegistered, MovingVersion
from trackline.domain.registry import PROMPT_TAG, ModelVersion, RegisteredModel
from trackline.jobs.importers.rest_talk import Answer, Talk

_MODELS_AT_ONCE, _VERSIONS_AT_ONCE = 100, 1000
# MLflow lists prompts only where they are asked for.
_PROMPTS = f"tags.`{PROMPT_TAG}` = 'true'"


def read_registered(talk: Talk) -> Iterator[MovingRegistered]:
    for which in ("", _PROMPTS):
        asked = {"filter": which} if which else {}
        for page in talk.pages(
            "GET", "registered-models/search", "registered_models", max_results=_MODELS_AT_ONCE, **asked
        ):
            for given in page:
                if which or not _is_prompt(given):
                    yield _whole(talk, given, which)


def _is_prompt(given: Answer) -> bool:
    return any(tag["key"] == PROMPT_TAG and tag.get("value") == "true" for tag in given.get("tags", []))


def _whole(talk: Talk, given: Answer, which: str) -> MovingRegistered:
    model = msgspec.convert({**given, "latest_versions": []}, RegisteredModel, strict=False)
    chosen = " AND ".join(filter(None, (_called(model.name), which)))
    versions = [
        _version(talk, one)
        for page in talk.pages(
            "GET", "model-versions/search", "model_versions", max_results=_VERSIONS_AT_ONCE, filter=chosen
        )
        for one in page
        if one["name"] == model.name
    ]
    versions.sort(key=lambda one: int(one.version.version))
    return MovingRegistered(model, versions, int(versions[-1].version.version) if versions else 0)


def _called(name: str) -> str:
    """As a filter. There is no way to write both kinds of quotes, so a name that has them is looked for by a pattern,
    which others may match as well.
    """
    if '"' not in name:
        return f'name = "{name}"'
    pattern = name.replace("'", "_")
    return f"name = '{name}'" if pattern == name else f"name LIKE '{pattern}'"


def _version(talk: Talk, given: Answer) -> MovingVersion:
    missing = {"current_stage": "None", "source": "", "run_id": "", "run_link": "", "status": "READY"}
    version = msgspec.convert({**missing, **given, "aliases": []}, ModelVersion, strict=False)
    place = talk.get("model-versions/get-download-uri", name=version.name, version=version.version) or {}
    return MovingVersion(version, place.get("artifact_uri") or version.source)
