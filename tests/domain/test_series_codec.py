from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.points import INT64
from trackline.domain.points import Points, Series
from trackline.domain.series_codec import UnreadablePoints, decode, decode_series, encode

bit_patterns = st.integers(0, 2**64 - 1) | st.sampled_from(
    [
        0x0000_0000_0000_0000,  # 0.0
        0x8000_0000_0000_0000,  # -0.0
        0x7FF0_0000_0000_0000,  # ∞
        0xFFF0_0000_0000_0000,  # -∞
        0x7FF8_0000_0000_0000,  # NaN
        0xFFF0_0000_0000_0001,  # a NaN with something in it
        0x0000_0000_0000_0001,  # the smallest number
        0x7FEF_FFFF_FFFF_FFFF,  # the largest
    ]
)
int64 = st.sampled_from([-(2**63), 2**63 - 1, 0, -1]) | st.integers(0, 100) | INT64
keys = st.integers(0, 5) | st.integers(0, 2**32 - 1)
rows = st.lists(st.tuples(keys, int64, int64, bit_patterns), min_size=1, max_size=60)


def as_keyed_points(rows: list[tuple[int, int, int, int]]) -> Points:
    key_column, steps, timestamps, patterns = zip(*sorted(rows), strict=True)
    values = np.array(patterns, np.uint64).view(np.float64)
    return Points(
        np.array(key_column, np.uint32), Series(np.array(steps, np.int64), np.array(timestamps, np.int64), values)
    )


def as_bits(series: Series) -> list[bytes]:
    return [column.tobytes() for column in series]


@given(rows)
def test_points_come_back_bit_for_bit(rows: list[tuple[int, int, int, int]]) -> None:
    points = as_keyed_points(rows)
    only_key = int(points.keys[0]) if points.keys[0] == points.keys[-1] else None

    decoded = decode(encode(points), len(rows), only_key)

    assert decoded.keys.tolist() == points.keys.tolist()
    assert as_bits(decoded.series) == as_bits(points.series)


@given(rows, keys)
def test_one_series_can_be_read_out_of_several(rows: list[tuple[int, int, int, int]], other: int) -> None:
    points = as_keyed_points(rows)
    alone = bool(points.keys[0] == points.keys[-1])
    wanted = {int(points.keys[0])} if alone else {*points.keys.tolist(), other}

    for key in wanted:
        series = decode_series(encode(points), len(rows), key, alone=alone)
        assert as_bits(series) == as_bits(points.series.take(points.keys == key))


def test_a_regular_step_costs_next_to_nothing() -> None:
    count = 4096
    regular = Series(np.arange(count) * 10 - 5, 1_700_000_000_000 + np.arange(count) * 250, np.full(count, 0.1))

    assert len(encode(Points(np.full(count, 7, np.uint32), regular))) < 100


def test_a_version_of_the_future_is_refused() -> None:
    points = as_keyed_points([(1, 2, 3, 4)])
    payload = b"\x02" + encode(points)[1:]

    with pytest.raises(UnreadablePoints, match="version 02"):
        decode(payload, 1, 1)


@pytest.mark.parametrize("payload", [b"", b"\x01", b"\x01\x00", b"\x01" + bytes(100)])
def test_bytes_that_are_no_points_are_refused(payload: bytes) -> None:
    with pytest.raises(UnreadablePoints):
        decode(payload, 1, None)
