"""What the store announces when it is changed, for `Database.listen`. Announcing sends no statement.

`run:UUID` goes together with `experiment:ID` of its experiment, whose table of runs shows it.
"""

from __future__ import annotations

from trackline.db.transaction import Transaction

EXPERIMENTS = "experiments"  # one was made, renamed, deleted, restored or tagged
REGISTRY = "registry"  # whatever has a history there
OUTBOX = "outbox"  # there is something to deliver to a webhook, or it may be delivered sooner than was thought


def announce_run(tx: Transaction, uuid: str, experiment: int) -> None:
    tx.announce(f"run:{uuid}")
    tx.announce(f"experiment:{experiment}")


def announce_experiment(tx: Transaction, number: int) -> None:
    tx.announce(f"experiment:{number}")
    tx.announce(EXPERIMENTS)
