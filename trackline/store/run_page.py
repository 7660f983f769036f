"""One run as its page shows it, and its metrics: a list to page and to search, since there may be thousands."""

from __future__ import annotations

import math

from trackline.db.transaction import Transaction
from trackline.domain.entities import PARENT_TAG, Param, Tag
from trackline.domain.tables import MetricColumns, MetricQuery, ModelLink, RunLink, RunPage
from trackline.store.access.permissions import seen
from trackline.store.datasets import dataset_inputs_of
from trackline.store.run_keys import LAST, SYSTEM
from trackline.store.runs import read_info, run_number

_BESIDE = """
SELECT e.name, (SELECT count(*) FROM metric_summaries m WHERE m.run_id = r.id), r.seen_ms
FROM runs r JOIN experiments e ON e.id = r.experiment_id WHERE r.id = :run
"""
_PARENT = """
SELECT r.uuid, r.name FROM tags t JOIN keys k ON k.id = t.key_id JOIN runs r ON r.uuid = t.value
WHERE t.run_id = :run AND k.name = :parent AND {readable}
"""
_CHILDREN = """
SELECT count(*) FROM tags t JOIN keys k ON k.id = t.key_id JOIN runs r ON r.id = t.run_id
WHERE k.name = :parent AND substr(t.value, 1, 64) = :uuid AND {readable}
"""
_MODELS = """
SELECT l.model_id, l.name, m.step FROM run_models m JOIN logged_models l ON l.model_id = m.model_id
WHERE m.run_id = :run AND m.direction = 'output' AND l.lifecycle = 'active' ORDER BY m.step, l.name, l.model_id
"""
_TEXTS = """
SELECT k.name, t.value FROM {table} t JOIN keys k ON k.id = t.key_id WHERE t.run_id = :run ORDER BY k.name
"""
_METRICS = f"""
SELECT k.name, m.value, m.step, m.timestamp_ms, m.min_value, m.max_value, m.points
FROM metric_summaries m JOIN keys k ON k.id = m.key_id
WHERE m.run_id = :run AND ({LAST}, k.name) > (:after_last, :after) AND {{matching}}
ORDER BY {LAST}, k.name LIMIT :most
"""
_COUNT = """
SELECT count(*) FROM metric_summaries m JOIN keys k ON k.id = m.key_id WHERE m.run_id = :run AND {matching}
"""


def read_run_page(tx: Transaction, uuid: str) -> RunPage:
    """Raises NotFound."""
    run = run_number(tx, uuid)
    experiment, metrics, last_seen = tx.rows(_BESIDE, {"run": run})[0]
    readable, values = seen(tx, "experiment", "r.experiment_id")
    parent = tx.row(_PARENT.format(readable=readable), {**values, "run": run, "parent": PARENT_TAG})
    about_children = {**values, "parent": PARENT_TAG, "uuid": uuid[:64]}
    (children,) = tx.rows(_CHILDREN.format(readable=readable), about_children)[0]
    return RunPage(
        info=read_info(tx, uuid),
        experiment_name=experiment,
        params=[Param(*row) for row in tx.rows(_TEXTS.format(table="params"), {"run": run})],
        tags=[Tag(*row) for row in tx.rows(_TEXTS.format(table="tags"), {"run": run})],
        dataset_inputs=dataset_inputs_of(tx, [run]).get(run, []),
        metrics=metrics,
        last_seen=last_seen,
        parent=None if parent is None else RunLink(*parent),
        children=children,
        models=[ModelLink(*row) for row in tx.rows(_MODELS, {"run": run})],
    )


def read_run_metrics(tx: Transaction, query: MetricQuery) -> MetricColumns:
    """Those whose names hold the search text, by name, system metrics last, after the name `after`. Raises NotFound."""
    run = run_number(tx, query.run_id)
    matching = tx.dialect.like("k.name", "search", fold_case=True)
    asked = {"run": run, "search": f"%{query.search}%"}
    (total,) = tx.rows(_COUNT.format(matching=matching), asked)[0]
    after = {"after": query.after, "after_last": int(query.after.startswith(SYSTEM))}
    rows = tx.rows(_METRICS.format(matching=matching), asked | after | {"most": query.max_results})
    key, value, step, timestamp, low, high, points = zip(*rows, strict=True) if rows else [()] * 7
    return MetricColumns(
        key=list(key),
        value=[math.nan if one is None else one for one in value],
        step=list(step),
        timestamp=list(timestamp),
        min_value=list(low),
        max_value=list(high),
        points=list(points),
        total=total,
    )
