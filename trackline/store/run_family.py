"""Runs within runs, as a table shows them: whose child each is, and how many children it has."""

from __future__ import annotations

from collections.abc import Mapping

from trackline.db.transaction import Transaction
from trackline.domain.entities import PARENT_TAG
from trackline.domain.filters import RunQuery
from trackline.domain.tables import Family, RunLink
from trackline.store.access.permissions import seen
from trackline.store.keys import find_keys
from trackline.store.search.conditions import LIFECYCLES

_PARENTS = """
SELECT t.run_id, r.uuid, r.name FROM tags t JOIN runs r ON r.uuid = t.value
WHERE t.key_id = :parent AND {children} AND {readable}
"""
_CHILDREN = """
SELECT t.value, count(*) FROM tags t CROSS JOIN runs r
WHERE t.key_id = :parent AND {of_these} AND r.id = t.run_id AND r.uuid <> t.value
AND {experiments} AND {living} AND {readable} GROUP BY t.value
"""


def read_family(tx: Transaction, runs: Mapping[int, str], query: RunQuery) -> Family:
    """Of the runs with these numbers and ids.

    Their children are counted among the runs that `query` could find without filter and words.
    """
    key = find_keys(tx, [PARENT_TAG]).get(PARENT_TAG)
    if key is None:
        return Family([None] * len(runs), [0] * len(runs))
    readable, values = seen(tx, "experiment", "r.experiment_id")
    asked = {**values, "parent": key, "ids": list(runs)}
    of_these = tx.dialect.among("t.run_id", "ids")
    parents = {
        number: RunLink(uuid, name)
        for number, uuid, name in tx.rows(_PARENTS.format(children=of_these, readable=readable), asked)
    }
    statement = _CHILDREN.format(
        of_these=tx.dialect.among("substr(t.value, 1, 64)", "uuids"),
        experiments=tx.dialect.among("r.experiment_id", "experiments"),
        living=tx.dialect.among("r.lifecycle", "living"),
        readable=readable,
    )
    listed = {"experiments": query.experiment_ids, "living": LIFECYCLES[query.view], "uuids": list(runs.values())}
    children = dict(tx.rows(statement, asked | listed))
    return Family([parents.get(number) for number in runs], [children.get(uuid, 0) for uuid in runs.values()])
