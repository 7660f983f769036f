"""The names of params, tags and metrics: stored once, referred to by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from trackline.db.transaction import Transaction

OF_RUN = "(SELECT id FROM runs WHERE uuid = :uuid)"  # its number, in a statement that does not wait for that


def find_keys(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """The numbers of those of `names` that were ever used."""
    return dict(tx.rows(_found(tx), {"names": list(names)}))


def intern_keys(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """The number of each of `names`; new ones are given theirs, in order."""
    return ask_keys(tx, names)()


def ask_keys(tx: Transaction, names: Iterable[str]) -> Callable[[], dict[str, int]]:
    """As `intern_keys`, whose result comes by calling what this returns (`tx.ask`)."""
    wanted = list(dict.fromkeys(names))
    known = tx.ask(_found(tx), {"names": wanted}) if wanted else list
    return lambda: _with_new(tx, wanted, dict(known()))


def _with_new(tx: Transaction, wanted: list[str], found: dict[str, int]) -> dict[str, int]:
    if missing := [name for name in wanted if name not in found]:
        tx.execute(
            # Alone: two that gave numbers to the same names in another order would wait for each other for ever.
            f"INSERT INTO keys (name) SELECT value FROM {tx.dialect.each('names')} WHERE {tx.dialect.alone('keys')} "
            "ON CONFLICT DO NOTHING",
            {"names": missing},
        )
        found |= find_keys(tx, missing)
    return found


def _found(tx: Transaction) -> str:
    return f"SELECT name, id FROM keys WHERE {tx.dialect.among('name', 'names')}"
