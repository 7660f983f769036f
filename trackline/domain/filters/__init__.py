"""The filter language: what searches ask for, as text and as trees."""

from trackline.domain.filters.fields import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    Vocabulary,
)
from trackline.domain.filters.order import (
    Order,
    parse_experiment_order,
    parse_model_order,
    parse_registry_order,
    parse_run_order,
)
from trackline.domain.filters.parser import parse_filter
from trackline.domain.filters.queries import (
    DatasetRef,
    ExperimentQuery,
    HistoryQuery,
    LoggedModelQuery,
    ModelOrder,
    ModelVersionQuery,
    RegisteredModelQuery,
    RunQuery,
)
from trackline.domain.filters.tree import And, Comparison, Field, Kind, Not, Operator, Or, Tree, comparisons, depth

__all__ = [
    "EXPERIMENTS",
    "LOGGED_MODELS",
    "MODEL_VERSIONS",
    "REGISTERED_MODELS",
    "RUNS",
    "And",
    "Comparison",
    "DatasetRef",
    "ExperimentQuery",
    "Field",
    "HistoryQuery",
    "Kind",
    "LoggedModelQuery",
    "ModelOrder",
    "ModelVersionQuery",
    "Not",
    "Operator",
    "Or",
    "Order",
    "RegisteredModelQuery",
    "RunQuery",
    "Tree",
    "Vocabulary",
    "comparisons",
    "depth",
    "parse_experiment_order",
    "parse_filter",
    "parse_model_order",
    "parse_registry_order",
    "parse_run_order",
]
