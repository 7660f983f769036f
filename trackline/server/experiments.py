"""Endpoints of experiments."""

from __future__ import annotations

from typing import Any

from trackline.domain.artifact_paths import check_location
from trackline.domain.entities import Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import ExperimentQuery
from trackline.domain.limits import check_experiment_name, check_experiment_tag, check_page_size, experiment_number
from trackline.server.services import Services
from trackline.store import datasets, experiment_documents, experiments
from trackline.wire import requests, responses

MAX_DATASET_EXPERIMENTS = 20


async def create(services: Services, request: requests.CreateExperiment) -> Any:
    check_experiment_name(request.name)
    tags = [Tag(tag.key, tag.value or "") for tag in request.tags or []]
    for tag in tags:
        check_experiment_tag(tag)
    if request.artifact_location:
        check_location(request.artifact_location)
    experiment_id = await services.database.write(
        experiments.create_experiment, request.name, request.artifact_location, tags, services.artifact_root
    )
    return {"experiment_id": experiment_id}


async def get(services: Services, request: requests.ExperimentId) -> Any:
    found = await services.database.glance(
        experiment_documents.ask_experiment, services.experiment_documents, request.experiment_id
    )
    return {"experiment": responses.encoded(found)}


async def get_by_name(services: Services, request: requests.ExperimentName) -> Any:
    found = await services.database.glance(
        experiment_documents.ask_experiment_by_name, services.experiment_documents, request.experiment_name
    )
    return {"experiment": responses.encoded(found)}


async def search(services: Services, request: requests.SearchExperiments) -> Any:
    most = request.max_results or 0
    check_page_size(most)
    query = ExperimentQuery(
        filter=request.filter or "",
        order_by=request.order_by or [],
        view=requests.view_type(request.view_type),
        max_results=most,
        page_token=request.page_token,
    )
    found, token = await services.database.glance(
        experiment_documents.ask_experiment_page, services.experiment_documents, query
    )
    return responses.page("experiments", responses.documents(found), token)


async def update(services: Services, request: requests.UpdateExperiment) -> Any:
    check_experiment_name(request.new_name)
    await services.database.write(experiments.rename_experiment, request.experiment_id, request.new_name)
    return {}


async def delete(services: Services, request: requests.DeleteExperiment) -> Any:
    await services.database.write(experiments.delete_experiment, request.experiment_id, bool(request.force))
    return {}


async def restore(services: Services, request: requests.ExperimentId) -> Any:
    await services.database.write(experiments.restore_experiment, request.experiment_id)
    return {}


async def set_tag(services: Services, request: requests.SetExperimentTag) -> Any:
    tag = Tag(request.key, request.value or "")
    check_experiment_tag(tag)
    await services.database.write(experiments.set_experiment_tag, request.experiment_id, tag)
    return {}


async def delete_tag(services: Services, request: requests.DeleteExperimentTag) -> Any:
    await services.database.write(experiments.delete_experiment_tag, request.experiment_id, request.key)
    return {}


async def search_datasets(services: Services, request: requests.ExperimentIds) -> Any:
    numbers = [experiment_number(given) for given in request.experiment_ids or []]
    if not numbers:
        raise InvalidParameter("SearchDatasets request must specify at least one experiment_id.")
    if len(numbers) > MAX_DATASET_EXPERIMENTS:
        raise InvalidParameter(
            f"SearchDatasets request cannot specify more than {MAX_DATASET_EXPERIMENTS} experiment_ids. "
            f"Received {len(numbers)} experiment_ids."
        )
    found = await services.database.read(datasets.search_datasets, numbers)
    return responses.page("dataset_summaries", found, None)
