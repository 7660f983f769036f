"""How many statements the registry's functions send at most, each with arguments that give it `n` things to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.store.made import ROOT, make_registered
from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.domain.filters import HistoryQuery, ModelVersionQuery, RegisteredModelQuery
from trackline.domain.model_sources import OfVersion
from trackline.domain.registry import STAGES
from trackline.store.registry import aliases, files, history, lineage, models, versions
from trackline.store.registry.sources import Claim

FILTER = "tags.t0 = 'v' AND name LIKE 'model%'"
ACTOR = "ann"
NEW_MODEL = models.NewRegisteredModel("new", "text", [])
NEW_VERSION = versions.NewVersion("model 0", Claim("models:/m-0", "run-0", "m-0"), "", "text", [])


def tags(count: int) -> list[Tag]:
    return [Tag(f"new {n}", "v") for n in range(count)]


def busy(n: int) -> str:
    """A model with one version, or with a hundred."""
    return "model 1" if n == 1 else "model 0"


BUDGETS: dict[Callable[..., Any], tuple[int, Callable[[int], tuple[Any, ...]]]] = {
    models.create_registered_model: (14, lambda n: (NEW_MODEL._replace(tags=tags(n)), ACTOR)),
    models.get_registered_model: (7, lambda n: (busy(n),)),
    models.find_registered_models: (9, lambda n: (RegisteredModelQuery(filter=FILTER, max_results=n),)),
    models.get_latest_versions: (5, lambda n: (busy(n), list(STAGES))),
    models.update_registered_model: (10, lambda n: (busy(n), "new", ACTOR)),
    models.rename_registered_model: (11, lambda n: (busy(n), "new", ACTOR)),
    models.delete_registered_model: (5, lambda n: (busy(n), ACTOR)),
    models.set_registered_model_tag: (7, lambda _: ("model 0", Tag("new", "v"), ACTOR)),
    models.delete_registered_model_tag: (4, lambda _: ("model 0", "t0", ACTOR)),
    versions.create_model_version: (15, lambda n: (NEW_VERSION._replace(tags=tags(n)), ROOT, ACTOR)),
    versions.get_model_version: (4, lambda _: ("model 0", 1)),
    versions.find_model_versions: (5, lambda n: (ModelVersionQuery(filter=FILTER, max_results=n),)),
    versions.location_of_version: (2, lambda _: ("model 0", 1)),
    versions.artifact_uri_of_version: (3, lambda _: ("model 0", 1)),
    files.find_files: (5, lambda _: (OfVersion("model 0", alias="a0"),)),
    versions.update_model_version: (7, lambda _: ("model 0", 1, "new", ACTOR)),
    versions.transition_stage: (10, lambda n: (versions.Transition(busy(n), 1, "Staging", True), ACTOR)),
    versions.delete_model_version: (5, lambda n: (busy(n), 1, ACTOR)),
    versions.set_model_version_tag: (8, lambda _: ("model 0", 1, Tag("new", "v"), ACTOR)),
    versions.delete_model_version_tag: (5, lambda _: ("model 0", 1, "t0", ACTOR)),
    aliases.set_alias: (5, lambda _: ("model 0", "x", 2, ACTOR)),
    aliases.delete_alias: (4, lambda _: ("model 0", "a0", ACTOR)),
    aliases.get_version_by_alias: (6, lambda _: ("model 0", "a0")),
    aliases.roll_back_alias: (10, lambda _: ("model 0", "moved", ACTOR)),
    history.read_history: (2, lambda n: (HistoryQuery(name="model 0", max_results=n),)),
    history.in_stage_at: (4, lambda n: (busy(n), "None", 2**62)),
    history.aliased_at: (4, lambda _: ("model 0", "moved", 2**62)),
    lineage.version_lineage: (19, lambda _: ("model 0", 1)),
    lineage.versions_of_run: (5, lambda n: ("run-1" if n == 1 else "run-0",)),
}


def fill(tx: Transaction, many: int) -> None:
    """`many` models with as many tags, of which the first has as many versions, those as many tags and aliases."""
    everything = [Tag(f"t{n}", "v") for n in range(many)]
    for number in range(many):
        make_registered(tx, f"model {number}", everything)
        versions.create_model_version(tx, NEW_VERSION._replace(name=f"model {number}", tags=everything), ROOT, ACTOR)
    other = NEW_VERSION._replace(claim=Claim("runs:/run-1/m", "", ""))
    versions.create_model_version(tx, other._replace(name="model 2"), ROOT, ACTOR)
    for number in range(1, many):
        versions.create_model_version(tx, NEW_VERSION._replace(tags=everything), ROOT, ACTOR)
        aliases.set_alias(tx, "model 0", f"a{number}", 1, ACTOR)
    for name in ("model 0", "model 1"):
        aliases.set_alias(tx, name, "a0", 1, ACTOR)
        versions.transition_stage(tx, versions.Transition(name, 1, "Staging", False), ACTOR)
    for number in (1, 2):
        aliases.set_alias(tx, "model 0", "moved", number, ACTOR)
