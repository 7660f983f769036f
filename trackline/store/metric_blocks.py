"""Sealed points: sorted and compressed, in blocks that are merged into longer ones as a run goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from trackline.db.transaction import Transaction
from trackline.domain.points import Keys, Points, Series, in_order_by_key, join_points, worth_keeping
from trackline.domain.series_codec import decode, decode_series, encode
from trackline.store.metric_sizes import SIZES, Sizes

_INSERT = """
INSERT INTO metric_blocks (run_id, tier, first_key_id, last_key_id, points, payload)
VALUES (:run_id, :tier, :first_key_id, :last_key_id, :points, :payload)
"""

_WAITING = """
SELECT tier, CAST(sum(points) AS BIGINT) FROM metric_blocks WHERE run_id = :run_id AND tier <= :up_to GROUP BY tier
"""

_TAKE = """
DELETE FROM metric_blocks WHERE run_id = :run_id AND tier <= :up_to
RETURNING first_key_id, last_key_id, points, payload
"""

_TAKE_WITH = """
DELETE FROM metric_blocks WHERE run_id = :run_id AND EXISTS (
    SELECT 1 FROM metric_summaries s
    WHERE s.run_id = :run_id AND {keys} AND s.key_id BETWEEN first_key_id AND last_key_id
)
RETURNING first_key_id, last_key_id, points, payload
"""

_WITH_KEY = """
SELECT run_id, first_key_id = last_key_id, points, payload FROM metric_blocks
WHERE {runs} AND first_key_id <= :key_id AND last_key_id >= :key_id
"""

_FORGET_REPEATED = """
UPDATE metric_summaries SET points = points - :repeated WHERE run_id = :run_id AND key_id = :key_id
"""


def add_points(tx: Transaction, run_id: int, points: Points, sizes: Sizes = SIZES) -> None:
    """Seal new points of the run, together with those of the tiers that they fill up."""
    waiting = _waiting(tx, run_id, sizes)
    count = len(points.keys)
    full = 0
    for tier, capacity in enumerate(sizes.tiers, start=1):
        count += waiting.get(tier, 0)
        if count < capacity:
            break
        full = tier
    if full:
        points = join_points([*_take(tx, run_id, full), points])
    _write(tx, run_id, full + 1, points, sizes)


def merge_tiers(tx: Transaction, run_id: int, points: Points, sizes: Sizes = SIZES) -> None:
    """Seal new points of the run, if any, together with all that still wait to be merged."""
    top = len(sizes.tiers)
    if not len(points.keys) and _waiting(tx, run_id, sizes).keys() <= {top}:
        return
    points = join_points([*_take(tx, run_id, top), points])
    # They stay below the last tier unless there are many: a run may be taken up and ended again and again.
    tier = top + 1 if len(points.keys) >= sizes.tiers[-1] else top
    _write(tx, run_id, tier, points, sizes)


class Block(NamedTuple):
    """Sealed points of which some may be of the metric that was looked for; `alone`: all are."""

    key_id: int
    alone: bool
    points: int
    payload: bytes

    def series(self) -> Series:
        """The points of the metric, in order."""
        return decode_series(self.payload, self.points, self.key_id, alone=self.alone)


def find_blocks(tx: Transaction, run_ids: list[int], key_id: int) -> dict[int, list[Block]]:
    """Those with points of one metric, by run."""
    found: dict[int, list[Block]] = {}
    query = _WITH_KEY.format(runs=tx.dialect.among("run_id", "run_ids"))
    for run_id, alone, points, payload in tx.rows(query, {"run_ids": run_ids, "key_id": key_id}):
        found.setdefault(run_id, []).append(Block(key_id, bool(alone), points, payload))
    return found


def read_all_blocks(tx: Transaction, run_id: int, key_id: int | None) -> Iterator[Points]:
    """The sealed points of the run, or all that lie in a block with some of `key_id`."""
    with_key = "" if key_id is None else "AND first_key_id <= :key AND last_key_id >= :key"
    query = f"SELECT first_key_id, last_key_id, points, payload FROM metric_blocks WHERE run_id = :run {with_key}"
    for first_key, last_key, points, payload in tx.rows(query, {"run": run_id, "key": key_id}):
        yield decode(payload, points, first_key if first_key == last_key else None)


def thin_blocks(tx: Transaction, run_id: int, keys: list[int], most: int, newer: Points) -> int:
    """Leave `most` points of each of these series, seal `newer` ones of the run with them; how many points went."""
    query = _TAKE_WITH.format(keys=tx.dialect.among("s.key_id", "keys"))
    taken = _decoded(tx.rows(query, {"run_id": run_id, "keys": keys}))
    points = join_points([*taken, newer])
    sealed = in_order_by_key(points)
    _forget_repeated(tx, run_id, points.keys, sealed.keys)
    stay = np.ones(len(sealed.keys), np.bool_)
    for key in keys:
        first, last = np.searchsorted(sealed.keys, (key, key + 1))
        stay[first:last] = worth_keeping(sealed.series.take(slice(first, last)), most)
    kept = sealed.take(stay)
    tx.many(_INSERT, _rows(run_id, len(SIZES.tiers), kept, SIZES))
    return len(sealed.keys) - len(kept.keys)


def _waiting(tx: Transaction, run_id: int, sizes: Sizes) -> dict[int, int]:
    """How many points of the run each tier below the last holds."""
    return dict(tx.rows(_WAITING, {"run_id": run_id, "up_to": len(sizes.tiers)}))


def _take(tx: Transaction, run_id: int, up_to: int) -> list[Points]:
    """Take the blocks of tier 1 to `up_to` out."""
    return _decoded(tx.rows(_TAKE, {"run_id": run_id, "up_to": up_to}))


def _decoded(blocks: list[Any]) -> list[Points]:
    return [
        decode(payload, points, first_key if first_key == last_key else None)
        for first_key, last_key, points, payload in blocks
    ]


def write_new(tx: Transaction, runs: Iterable[tuple[int, Points]], sizes: Sizes = SIZES) -> None:
    """Seal all points of runs that have none yet. The points of each are in order by key."""
    top = len(sizes.tiers)
    tx.many(_INSERT, [row for run_id, points in runs for row in _rows(run_id, top, points, sizes)])


def _write(tx: Transaction, run_id: int, tier: int, points: Points, sizes: Sizes) -> None:
    sealed = in_order_by_key(points)
    if len(sealed.keys) < len(points.keys):
        _forget_repeated(tx, run_id, points.keys, sealed.keys)
    tx.many(_INSERT, _rows(run_id, tier, sealed, sizes))


def _rows(run_id: int, tier: int, sealed: Points, sizes: Sizes) -> list[dict[str, Any]]:
    """The blocks that hold these points, which are in order by key."""
    finished = len(sizes.tiers) + 1
    rows = []
    for where, is_long in _cut(sealed.keys, sizes):
        part = sealed.take(where)
        row = {
            "run_id": run_id,
            "tier": finished if is_long else tier,
            "first_key_id": int(part.keys[0]),
            "last_key_id": int(part.keys[-1]),
            "points": len(part.keys),
            "payload": encode(part),
        }
        rows.append(row)
    return rows


def _cut(keys: Keys, sizes: Sizes) -> Iterator[tuple[slice, bool]]:
    """Where blocks begin and end, and whether each is part of a long series, which shares with no other."""
    bounds = np.concatenate([[0], np.flatnonzero(keys[1:] != keys[:-1]) + 1, [len(keys)]])
    long = np.flatnonzero(np.diff(bounds) >= sizes.long)
    starts_of_long = set(bounds[long].tolist())
    edges = sorted({0, len(keys), *starts_of_long, *bounds[long + 1].tolist()})
    for start, end in pairwise(edges):
        pieces = -(-(end - start) // sizes.block)
        cuts = [start + (end - start) * piece // pieces for piece in range(pieces + 1)]
        for first, last in pairwise(cuts):
            yield slice(first, last), start in starts_of_long


def _forget_repeated(tx: Transaction, run_id: int, received: Keys, kept: Keys) -> None:
    """Points that were sent again counted when they came; now that they are found out they count once."""
    keys, counts = np.unique(received, return_counts=True)
    repeated = counts - np.unique(kept, return_counts=True)[1]
    rows = [
        {"run_id": run_id, "key_id": int(keys[at]), "repeated": int(repeated[at])} for at in np.flatnonzero(repeated)
    ]
    tx.many(_FORGET_REPEATED, rows)
