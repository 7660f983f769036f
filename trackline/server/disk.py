"""Endpoints of how much room things take."""

from __future__ import annotations

from typing import Any

from trackline.server.services import Services
from trackline.store import disk
from trackline.wire import ui


async def usage(services: Services, request: ui.ReadDiskUsage) -> Any:
    """By experiment, as it was last measured."""
    return await services.database.read(disk.read_usage, request.max_results)


async def usage_within(services: Services, request: ui.ReadUsageWithin) -> Any:
    """The largest runs and logged models of an experiment."""
    return await services.database.read(disk.read_usage_within, request.experiment_id, request.max_results)
