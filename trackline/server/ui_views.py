"""Endpoints of saved views: how people look at the runs of an experiment, by name."""

from __future__ import annotations

from typing import Any

from trackline.domain.tables import SavedView
from trackline.server.services import Services
from trackline.store import saved_views
from trackline.wire import ui


async def listing(services: Services, request: ui.OfExperiment) -> Any:
    return await services.database.read(saved_views.list_views, request.experiment_id)


async def save(services: Services, request: ui.SaveView) -> Any:
    view = SavedView(request.name, request.query)
    await services.database.write(saved_views.save_view, request.experiment_id, view, request.replace)
    return {}


async def change(services: Services, request: ui.ChangeView) -> Any:
    change = saved_views.ViewChange(request.new_name, request.is_default)
    await services.database.write(saved_views.change_view, request.experiment_id, request.name, change)
    return {}


async def delete(services: Services, request: ui.NameView) -> Any:
    await services.database.write(saved_views.delete_view, request.experiment_id, request.name)
    return {}
