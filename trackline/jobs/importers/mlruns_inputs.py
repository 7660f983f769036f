"""What runs in an `mlruns` folder read and made."""

from __future__ import annotations

from pathlib import Path

from trackline.domain.entities import Dataset, DatasetInput, ModelInput, ModelOutput, RunInputs, RunOutputs, Tag
from trackline.jobs.importers.mlruns_files import Meta, folders_in, read_meta


def read_inputs(experiment: Path, run: Path) -> RunInputs:
    datasets, models = [], []
    for folder in folders_in(run / "inputs"):
        meta = read_meta(folder) or {}
        if meta.get("source_type") == "DATASET":
            dataset = read_meta(experiment / "datasets" / str(meta["source_id"]))
            if dataset is not None:
                datasets.append(DatasetInput(_dataset(dataset), [Tag(*tag) for tag in sorted(meta["tags"].items())]))
        elif "source_id" in meta:
            models.append(ModelInput(meta["source_id"]))
    return RunInputs(datasets, models)


def read_outputs(run: Path) -> RunOutputs:
    metas = [read_meta(folder) or {} for folder in folders_in(run / "outputs")]
    return RunOutputs([ModelOutput(meta["destination_id"], meta["step"]) for meta in metas if "destination_id" in meta])


def _dataset(meta: Meta) -> Dataset:
    return Dataset(
        meta["name"], meta["digest"], meta["source_type"], meta["source"], meta.get("schema"), meta.get("profile")
    )
