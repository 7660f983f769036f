"""Work that one of the servers on a database does now and then. A lease says which, so that another takes over."""

from __future__ import annotations

from trackline.db.transaction import Transaction

LEASE_MS = 16_000

_FREE = "due_ms <= :now AND (claimed_until_ms IS NULL OR claimed_until_ms <= :now)"


def is_free(tx: Transaction, name: str) -> bool:
    """Whether it is due and nobody is at it."""
    row = tx.row(f"SELECT CASE WHEN {_FREE} THEN 1 ELSE 0 END FROM chores WHERE name = :name", _values(tx, name))
    return row is None or bool(row[0])


def claim(tx: Transaction, name: str, worker: str) -> bool:
    """Whether it is the worker's from now on, for as long as it renews the lease."""
    tx.execute(
        "INSERT INTO chores (name, due_ms) VALUES (:name, :now) ON CONFLICT (name) DO NOTHING", _values(tx, name)
    )
    return (
        tx.changed(
            f"UPDATE chores SET claimed_by = :worker, claimed_until_ms = :until WHERE name = :name AND {_FREE}",
            _values(tx, name) | {"worker": worker, "until": tx.now_ms + LEASE_MS},
        )
        > 0
    )


def renew(tx: Transaction, name: str, worker: str) -> bool:
    """False where another has it by now."""
    return (
        tx.changed(
            "UPDATE chores SET claimed_until_ms = :until WHERE name = :name AND claimed_by = :worker",
            {"name": name, "worker": worker, "until": tx.now_ms + LEASE_MS},
        )
        > 0
    )


def give_back(tx: Transaction, name: str, worker: str, due_ms: int | None) -> None:
    """It is due again at `due_ms`, or as it was where that is None."""
    tx.execute(
        "UPDATE chores SET due_ms = coalesce(:due, due_ms), claimed_by = NULL, claimed_until_ms = NULL "
        "WHERE name = :name AND claimed_by = :worker",
        {"name": name, "worker": worker, "due": due_ms},
    )


def _values(tx: Transaction, name: str) -> dict[str, object]:
    return {"name": name, "now": tx.now_ms}
