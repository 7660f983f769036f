"""The names of params, tags and metrics: stored once, referred to by number."""

from __future__ import annotations

from collections.abc import Iterable

from trackline.db.transaction import Transaction


def find_keys(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """The numbers of those of `names` that were ever used."""
    query = f"SELECT name, id FROM keys WHERE {tx.dialect.among('name', 'names')}"
    return dict(tx.rows(query, {"names": list(names)}))


def intern_keys(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """The number of each of `names`; new ones are given theirs, in order."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}
    found = find_keys(tx, wanted)
    if missing := [name for name in wanted if name not in found]:
        tx.execute(
            # Alone: two that gave numbers to the same names in another order would wait for each other for ever.
            f"INSERT INTO keys (name) SELECT value FROM {tx.dialect.each('names')} WHERE {tx.dialect.alone('keys')} "
            "ON CONFLICT DO NOTHING",
            {"names": missing},
        )
        found |= find_keys(tx, missing)
    return found
