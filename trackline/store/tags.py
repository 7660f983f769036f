"""A run's tags: notes that may change."""

from __future__ import annotations

from collections.abc import Mapping

from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.store.keys import find_keys, intern_keys

SET_TAG = """
INSERT INTO tags (run_id, key_id, value) VALUES (:run, :key, :value)
ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value
"""


def write_tags(tx: Transaction, run_id: int, tags: list[Tag]) -> None:
    """Set these tags; of two with one name the later counts."""
    if tags:
        put_tags(tx, run_id, tags, intern_keys(tx, [tag.key for tag in tags]))


def put_tags(tx: Transaction, run_id: int, tags: list[Tag], keys: Mapping[str, int]) -> None:
    """As `write_tags`, with the numbers of their names."""
    if tags:
        values = {tag.key: tag.value for tag in tags}
        tx.insert(SET_TAG, [{"run": run_id, "key": keys[key], "value": value} for key, value in values.items()])


def read_tag(tx: Transaction, run_id: int, key: str) -> str | None:
    row = tx.row(
        "SELECT t.value FROM tags t JOIN keys k ON k.id = t.key_id WHERE t.run_id = :run AND k.name = :key",
        {"run": run_id, "key": key},
    )
    return None if row is None else str(row[0])


def erase_tag(tx: Transaction, run_id: int, key: str) -> bool:
    """Whether there was such a tag."""
    return (
        tx.changed(
            "DELETE FROM tags WHERE run_id = :run AND key_id = :key",
            {"run": run_id, "key": find_keys(tx, [key]).get(key)},
        )
        > 0
    )
