"""Registered models in an `mlruns` folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trackline.domain.entities import Tag
from trackline.domain.moving import MovingRegistered, MovingVersion
from trackline.domain.registry import Alias, ModelVersion, RegisteredModel, canonical_stage
from trackline.jobs.importers.mlflow_models import DELETED
from trackline.jobs.importers.mlruns_files import Meta, folders_in, read_meta, values_below


def read_registered(models: Path) -> Iterator[MovingRegistered]:
    for folder in folders_in(models):
        meta = read_meta(folder)
        if meta is not None:
            yield _registered(folder, meta)


def _registered(folder: Path, meta: Meta) -> MovingRegistered:
    found = [(one, read_meta(one)) for one in folders_in(folder) if one.name.startswith("version-")]
    versions = sorted(
        ((int(version["version"]), one, version) for one, version in found if version), key=lambda it: it[0]
    )
    model = RegisteredModel(
        meta["name"],
        meta["creation_timestamp"] or 0,
        meta["last_updated_timestamp"] or 0,
        meta.get("description"),
        [],
        [Tag(*tag) for tag in values_below(folder / "tags").items()],
        [Alias(*alias) for alias in values_below(folder / "aliases").items()],
    )
    kept = [_version(one, version) for _, one, version in versions if version["current_stage"] != DELETED]
    return MovingRegistered(model, kept, max((number for number, _, _ in versions), default=0))


def _version(folder: Path, meta: Meta) -> MovingVersion:
    given = ModelVersion(
        name=meta["name"],
        version=str(meta["version"]),
        creation_timestamp=meta["creation_timestamp"] or 0,
        last_updated_timestamp=meta["last_updated_timestamp"] or 0,
        current_stage=canonical_stage(meta["current_stage"] or "None"),
        source=meta.get("source") or "",
        run_id=meta.get("run_id") or "",
        run_link=meta.get("run_link") or "",
        status="READY",
        description=meta.get("description"),
        tags=[Tag(*tag) for tag in values_below(folder / "tags").items()],
    )
    return MovingVersion(given, meta.get("storage_location") or given.source)
