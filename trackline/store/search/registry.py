"""Searching registered models and their versions.

What an index finds for one comparison is sorted, if it is little; otherwise the rows are passed in the order asked
for, which for most orders is that of an index too, until the page is full.
"""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.filters import (
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    Field,
    ModelVersionQuery,
    Order,
    RegisteredModelQuery,
    Tree,
    parse_filter,
    parse_registry_order,
)
from trackline.domain.page_tokens import read_token
from trackline.domain.registry import without_prompts
from trackline.store.access.permissions import seen
from trackline.store.search.candidates import FEW, candidate_sources, fewest
from trackline.store.search.conditions import Conditions, Tables, find_key_numbers
from trackline.store.search.pages import Key, Page, Parameters, beyond, columns, page_of, sorted_by

# SQLite walks tables that are cross-joined in the order in which they stand.
_VERSIONS_FIRST = "model_versions mv CROSS JOIN registered_models m"
_MODELS_FIRST = "registered_models m CROSS JOIN model_versions mv"
_OF_ITS_MODEL = "mv.model_id = m.id"

MODELS = Tables(
    id="m.id",
    columns={"name": "m.name", "creation_timestamp": "m.created_ms", "last_updated_timestamp": "m.updated_ms"},
    values={"tag": "registered_model_tags"},
    owner="model_id",
    lookups={"name": "SELECT m.id FROM registered_models m WHERE TRUE"},
)
VERSIONS = Tables(
    id="mv.id",
    columns={
        "name": "m.name",
        "version_number": "mv.version",
        "run_id": "mv.run_uuid",
        "source_path": "mv.source",
        "creation_timestamp": "mv.created_ms",
        "last_updated_timestamp": "mv.updated_ms",
    },
    values={"tag": "model_version_tags"},
    owner="version_id",
    lookups={
        "name": f"SELECT mv.id FROM {_MODELS_FIRST} WHERE {_OF_ITS_MODEL}",
        "run_id": "SELECT mv.id FROM model_versions mv WHERE TRUE",
        "source_path": "SELECT mv.id FROM model_versions mv WHERE TRUE",
    },
)
NAME, NUMBER = Field("attribute", "name"), Field("attribute", "version_number")
FEW_VERSIONS = 50_000  # of a million, a page of so few may lie far down the order of an index


def search_registered_models(tx: Transaction, query: RegisteredModelQuery) -> Page:
    """One page of the models that `query` asks for. Raises InvalidParameter."""
    tree = without_prompts(parse_filter(query.filter, REGISTERED_MODELS))
    orders = parse_registry_order(query.order_by, REGISTERED_MODELS)
    return _search(tx, query, tree, MODELS, _completed(orders, [Order(NAME)]))


def search_model_versions(tx: Transaction, query: ModelVersionQuery) -> Page:
    """One page of the versions that `query` asks for, the last updated first. Raises InvalidParameter."""
    tree = without_prompts(parse_filter(query.filter, MODEL_VERSIONS))
    newest = Order(Field("attribute", "last_updated_timestamp"), ascending=False)
    orders = parse_registry_order(query.order_by, MODEL_VERSIONS) or [newest]
    return _search(tx, query, tree, VERSIONS, _completed(orders, [Order(NAME), Order(NUMBER, ascending=False)]))


def _completed(orders: list[Order], ties: list[Order]) -> list[Order]:
    named = {order.field for order in orders}
    return orders + [tie for tie in ties if tie.field not in named]


def _search(
    tx: Transaction, query: RegisteredModelQuery | ModelVersionQuery, tree: Tree, tables: Tables, orders: list[Order]
) -> Page:
    keys = [Key(tables.columns[order.field.key], order.ascending) for order in orders]
    after = read_token(query, query.page_token)
    numbers = find_key_numbers(tx, tree)
    parameters = Parameters()
    condition = Conditions(tables, tx.dialect, numbers, parameters).of(tree)
    sources = candidate_sources(tree, tables, numbers, tx.dialect, parameters)
    few = fewest(tx, sources, parameters, FEW_VERSIONS if tables is VERSIONS else FEW)
    rows_of, joined = "registered_models m", "TRUE"
    readable = parameters.adopt(seen(tx, "registered_model", "m.id"))
    if tables is VERSIONS:
        joined = _OF_ITS_MODEL
        rows_of = _MODELS_FIRST if few is None and orders[0].field == NAME else _VERSIONS_FIRST
    source = rows_of if few is None else f"({few.source}) few CROSS JOIN {rows_of}"
    found = "TRUE" if few is None else f"{tables.id} = few.id"
    rows = tx.rows(
        f"SELECT {tables.id}, {columns(keys)} FROM {source} "
        f"WHERE {found} AND {joined} AND {readable} AND {condition} AND {beyond(keys, after, parameters)} "
        f"ORDER BY {sorted_by(keys)} LIMIT {query.max_results + 1}",
        parameters.values,
    )
    return page_of(query, rows)
