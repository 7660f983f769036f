"""What points at a version: stages, the latest of each, aliases."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.cases.registered_models import pairs, registered, version_of
from tests.contract.conformance.talk import Talk, case, each

MODELS = "registered-models"
VERSIONS = "model-versions"
STAGE = f"{VERSIONS}/transition-stage"
LATEST = f"{MODELS}/get-latest-versions"
ALIAS = f"{MODELS}/alias"


def _versions(talk: Talk, count: int) -> str:
    """A registered model with that many versions."""
    name, run = registered(talk), talk.run(talk.experiment())
    for _ in range(count):
        version_of(talk, name, run)
    return name


def _stage(answer: Any) -> Any:
    return answer["model_version"]["current_stage"]


def _stages(answer: Any) -> Any:
    """The protocol promises no order of the latest versions."""
    found = answer.get("model_versions") or answer.get("registered_model", {}).get("latest_versions", [])
    return sorted(f"{one['version']} {one['current_stage']} {one.get('aliases')}" for one in found)


@case
def a_version_moves_from_stage_to_stage(talk: Talk) -> None:
    name = _versions(talk, 1)
    talk.post(STAGE, {"name": name, "version": "1", "stage": "Staging", "archive_existing_versions": False})
    for stage in ("Production", "production", "PRODUCTION", "archived", "none", "None", "sTaGiNg"):
        talk.post(STAGE, {"name": name, "version": "1", "stage": stage}, show=_stage)
        talk.get(f"{VERSIONS}/get", {"name": name, "version": "1"}, show=_stage)


@case
def stages_have_names(talk: Talk) -> None:
    name = _versions(talk, 1)
    for stage in each("Foo", "Deleted_Internal", " production", "", None, 5):
        talk.post(STAGE, {"name": name, "version": "1", "stage": stage}, message=True)
    staging = {"name": name, "version": "1", "stage": "Staging"}
    for body in each({"version": "1"}, {"version": "x"}, {"version": 1}, {"archive_existing_versions": "maybe"}):
        talk.post(STAGE, {**staging, **body}, message=True)
    talk.post(STAGE, {"name": name, "version": "1"}, message=True)
    for archive in each("true", 1):
        talk.post(STAGE, {**staging, "archive_existing_versions": archive}, differs="the same in other words")


@case
def a_stage_may_hold_many_versions(talk: Talk) -> None:
    name = _versions(talk, 3)
    for version in ("2", "1", "3"):
        talk.post(STAGE, {"name": name, "version": version, "stage": "Production"}, show=_stage)
    talk.post(LATEST, {"name": name}, show=_stages)
    talk.get(f"{VERSIONS}/search", {"filter": f"name = '{name}'"}, show=_stages)


@case
def a_promotion_archives_what_was_there(talk: Talk) -> None:
    name = _versions(talk, 5)
    for version, stage in (("1", "Production"), ("2", "Production"), ("3", "Staging"), ("4", "None")):
        talk.set_up(STAGE, {"name": name, "version": version, "stage": stage})
    for version, stage in (("5", "production"), ("5", "Production"), ("1", "Production"), ("4", "staging")):
        talk.post(STAGE, {"name": name, "version": version, "stage": stage, "archive_existing_versions": True})
        talk.get(f"{VERSIONS}/search", {"filter": f"name = '{name}'"}, show=_stages)
    for stage in ("None", "Archived"):
        body = {"name": name, "version": "1", "stage": stage, "archive_existing_versions": True}
        talk.post(STAGE, body, differs="not a crash")
    body = {"name": name, "version": "99", "stage": "Production", "archive_existing_versions": True}
    talk.post(STAGE, body, message=True)
    talk.get(f"{VERSIONS}/search", {"filter": f"name = '{name}'"}, show=_stages)


@case
def the_latest_version_of_each_stage(talk: Talk) -> None:
    name = _versions(talk, 6)
    for version, stage in (("1", "Production"), ("4", "Production"), ("2", "Staging"), ("5", "Archived")):
        talk.set_up(STAGE, {"name": name, "version": version, "stage": stage})
    talk.set_up(ALIAS, {"name": name, "alias": "champion", "version": "4"})
    for stages in each(None, [], ["Production"], ["production", "Staging"], ["None"], ["Archived", "Archived"]):
        talk.post(LATEST, {"name": name, "stages": stages}, show=_stages)
    talk.get(f"{MODELS}/get", {"name": name}, show=_stages)
    talk.post(LATEST, {"name": name, "stages": ["Production"]})
    talk.get(LATEST, {"name": name, "stages": "Production"})
    talk.get(LATEST, {"name": name, "stages": ["Production", "none"]}, show=_stages)
    talk.get(LATEST, {"name": name}, show=_stages)
    talk.get(f"/ajax-api/2.0/mlflow/{LATEST}", {"name": name, "stages": ["Staging"]})


@case
def what_is_asked_for_the_latest_versions(talk: Talk) -> None:
    name, empty = _versions(talk, 1), registered(talk, "empty")
    talk.post(LATEST, {"name": empty})
    talk.post(LATEST, {"name": name, "stages": ["Staging"]})
    for stages in each(["Foo"], "Production", [5], ["None", "Foo"]):
        talk.post(LATEST, {"name": name, "stages": stages}, message=True)
    for body in each({}, {"name": ""}, {"name": 5}, {"name": talk.name("none")}):
        talk.post(LATEST, body, message=True)


@case
def an_alias_points_at_a_version(talk: Talk) -> None:
    name = _versions(talk, 2)
    talk.post(ALIAS, {"name": name, "alias": "champion", "version": "1"})
    talk.get(ALIAS, {"name": name, "alias": "champion"})
    talk.post(ALIAS, {"name": name, "alias": "champion", "version": "2"})
    talk.post(ALIAS, {"name": name, "alias": "champion", "version": "2"})
    talk.post(ALIAS, {"name": name, "alias": "Champion", "version": "1"})
    talk.post(ALIAS, {"name": name, "alias": "b-side", "version": "02"})
    talk.get(ALIAS, {"name": name, "alias": "champion"})
    talk.get(f"{MODELS}/get", {"name": name})
    for version in ("1", "2"):
        talk.get(f"{VERSIONS}/get", {"name": name, "version": version})
    talk.send("DELETE", ALIAS, {"name": name, "alias": "champion"})
    talk.send("DELETE", ALIAS, {"name": name, "alias": "champion"})
    talk.send("DELETE", ALIAS, query={"name": name, "alias": "b-side"})
    talk.get(ALIAS, {"name": name, "alias": "champion"}, message=True)
    talk.get(f"/ajax-api/2.0/mlflow/{ALIAS}", {"name": name, "alias": "Champion"})


@case
def aliases_have_rules(talk: Talk) -> None:
    name = _versions(talk, 1)
    for alias in each("latest", "Latest", "v1", "V22", "a b", "a.b", "a/b", "a@b", "", None, 5, "a" * 256):
        talk.post(ALIAS, {"name": name, "alias": alias, "version": "1"}, message=True)
    for alias in ("v", "v1a", "1", "-", "_", "ünï", "latest_one", "a" * 255, "Production"):
        talk.post(ALIAS, {"name": name, "alias": alias, "version": "1"})
    for version in each("99", "x", "", None, 1):
        talk.post(ALIAS, {"name": name, "alias": "a", "version": version}, message=True)
    for alias in ("latest", "v1", "a b", "", "a" * 256):
        talk.send("DELETE", ALIAS, {"name": name, "alias": alias}, message=True)
    for alias in ("nope", "CHAMPION", "v1", "V1", "a b", "", "a" * 256):
        talk.get(ALIAS, {"name": name, "alias": alias}, message=True)
    talk.get(f"{MODELS}/get", {"name": name}, show=lambda answer: answer["registered_model"]["aliases"])


@case
def aliases_of_what_is_not_there(talk: Talk) -> None:
    name, none = registered(talk), talk.name("none")
    talk.post(ALIAS, {"name": name, "alias": "a", "version": "1"}, message=True)
    talk.post(ALIAS, {"name": none, "alias": "a", "version": "1"}, message=True)
    talk.get(ALIAS, {"name": none, "alias": "a"}, message=True)
    talk.send("DELETE", ALIAS, {"name": none, "alias": "a"}, message=True)
    talk.send("DELETE", ALIAS, {"name": name}, message=True)
    talk.get(ALIAS, {"name": name, "alias": "latest"}, message=True)


@case
def the_latest_version_has_an_alias_of_its_own(talk: Talk) -> None:
    name = _versions(talk, 3)
    talk.set_up(STAGE, {"name": name, "version": "1", "stage": "Production"})
    talk.set_up(ALIAS, {"name": name, "alias": "champion", "version": "3"})
    talk.get(ALIAS, {"name": name, "alias": "latest"})
    talk.get(ALIAS, {"name": name, "alias": "LATEST"})
    talk.set_up(f"{VERSIONS}/delete", {"name": name, "version": "3"}, "DELETE")
    talk.get(ALIAS, {"name": name, "alias": "latest"})


@case
def a_version_found_in_a_list_shows_no_aliases(talk: Talk) -> None:
    name = _versions(talk, 1)
    talk.set_up(ALIAS, {"name": name, "alias": "champion", "version": "1"})
    talk.set_up(f"{VERSIONS}/set-tag", {"name": name, "version": "1", **pairs(a="1")[0]})
    query = {"filter": f"name = '{name}'"}
    talk.get(f"{VERSIONS}/search", query)
    talk.get(f"{MODELS}/search", query)
    talk.get(f"{MODELS}/get", {"name": name})
    talk.send("PATCH", f"{VERSIONS}/update", {"name": name, "version": "1", "description": "a"})
    talk.post(STAGE, {"name": name, "version": "1", "stage": "Staging"})
