"""Searching: from a query to the ids of one page, in order. What those rows hold is read elsewhere."""

from trackline.store.search.experiments import ask_experiments
from trackline.store.search.logged_models import search_logged_models
from trackline.store.search.pages import Page
from trackline.store.search.registry import search_model_versions, search_registered_models
from trackline.store.search.runs import Found, count_runs, runs_found, search_runs

__all__ = [
    "Found",
    "Page",
    "ask_experiments",
    "count_runs",
    "runs_found",
    "search_logged_models",
    "search_model_versions",
    "search_registered_models",
    "search_runs",
]
