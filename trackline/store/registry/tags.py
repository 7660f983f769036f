"""Tags of registered models and of their versions."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.domain.registry import Change
from trackline.store.keys import find_keys, intern_keys


class TagTable(NamedTuple):
    """`owner` is the column with the number of what has the tag."""

    name: str
    owner: str


OF_MODELS = TagTable("registered_model_tags", "model_id")
OF_VERSIONS = TagTable("model_version_tags", "version_id")


def set_tags(tx: Transaction, table: TagTable, owner: int, tags: list[Tag], version: int | None = None) -> list[Change]:
    """Set the tags of `owner`, which is `version` or else a model; of two with one name the later counts."""
    if not tags:
        return []
    values = {tag.key: tag.value for tag in tags}
    keys = intern_keys(tx, values)
    among = tx.dialect.among("key_id", "keys")
    query = f"SELECT key_id, value FROM {table.name} WHERE {table.owner} = :owner AND {among}"
    before = dict(tx.rows(query, {"owner": owner, "keys": list(keys.values())}))
    tx.many(
        f"INSERT INTO {table.name} ({table.owner}, key_id, value) VALUES (:owner, :key, :value) "
        f"ON CONFLICT ({table.owner}, key_id) DO UPDATE SET value = excluded.value",
        [{"owner": owner, "key": keys[key], "value": value} for key, value in values.items()],
    )
    return [Change("tag", before.get(keys[key]), value, version, key) for key, value in values.items()]


def add_tags(tx: Transaction, table: TagTable, owner: int, tags: list[Tag], version: int | None = None) -> list[Change]:
    """As `set_tags`, but tags that `owner` has already stay as they are."""
    known = {tag.key for tag in read_tags(tx, table, [owner])[owner]}
    return set_tags(tx, table, owner, [tag for tag in tags if tag.key not in known], version)


def erase_tag(tx: Transaction, table: TagTable, owner: int, key: str, version: int | None = None) -> list[Change]:
    """Nothing happens where there is no such tag."""
    erased = tx.rows(
        f"DELETE FROM {table.name} WHERE {table.owner} = :owner AND key_id = :key RETURNING value",
        {"owner": owner, "key": find_keys(tx, [key]).get(key)},
    )
    return [Change("tag", value, None, version, key) for (value,) in erased]


def read_tags(tx: Transaction, table: TagTable, owners: list[int]) -> defaultdict[int, list[Tag]]:
    """The tags of each of `owners`, by name."""
    tags: defaultdict[int, list[Tag]] = defaultdict(list)
    for owner, key, value in tx.rows(
        f"SELECT t.{table.owner}, k.name, t.value FROM {table.name} t JOIN keys k ON k.id = t.key_id "
        f"WHERE {tx.dialect.among(f't.{table.owner}', 'owners')} ORDER BY t.{table.owner}, k.name",
        {"owners": owners},
    ):
        tags[owner].append(Tag(key, value))
    return tags
