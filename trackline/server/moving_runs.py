"""Endpoints that bring runs into another experiment."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from trackline.jobs.copying import copy_folder
from trackline.server.services import Services
from trackline.store import moving_runs
from trackline.wire import ui


async def move(services: Services, request: ui.MoveRuns) -> Any:
    """With the logged models that they made there; files stay where they are."""
    run_ids = list(dict.fromkeys(request.run_ids))
    return {"moved": await services.database.write(moving_runs.move_runs, run_ids, request.experiment_id)}


async def copy(services: Services, request: ui.CopyRuns) -> Any:
    """Files first, so that a copy is whole when it is seen."""
    copies = {run_id: uuid4().hex for run_id in request.run_ids}
    planned = await services.database.write(moving_runs.plan_copies, copies, request.experiment_id)
    if request.artifacts:
        for one in planned:
            source, target = services.artifacts.of(one.artifact_uri), services.artifacts.of(one.to_artifact_uri)
            await copy_folder(source.store, source.path, target.store, target.path)
    await services.database.write(moving_runs.copy_runs, copies, request.experiment_id)
    return ui.CopiedRuns([ui.CopiedRun(before, after) for before, after in copies.items()])
