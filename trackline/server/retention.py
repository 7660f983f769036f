"""Endpoints of what an experiment keeps of its runs."""

from __future__ import annotations

from typing import Any

from trackline.domain.retention import Retention, check_retention
from trackline.server.services import Services
from trackline.store import retention
from trackline.wire import ui


async def read(services: Services, request: ui.OfExperiment) -> Any:
    """The rules by which the experiment keeps its runs; null where there is none."""
    return await services.database.read(retention.read_retention, request.experiment_id)


async def put(services: Services, request: ui.SetRetention) -> Any:
    """Set the experiment's rules, in place of those that it has; a server applies them once a day."""
    rules = Retention(request.keep_best, request.metric, request.goal, request.thin_after_days, request.thin_to)
    check_retention(rules)
    return await services.database.write(retention.set_retention, request.experiment_id, rules)


async def remove(services: Services, request: ui.OfExperiment) -> Any:
    """Remove the experiment's rules; what they put into the trash stays there."""
    await services.database.write(retention.remove_retention, request.experiment_id)
    return {}
