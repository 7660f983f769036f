"""A process that has grown becomes small again when what it needed is free."""

from __future__ import annotations

import threading

import pytest

from trackline.server import memory

PIECES, SIZE = 100_000, 1000  # a hundred megabytes, in pieces that come from the C library's heap


def test_what_a_large_answer_has_taken_goes_back_although_something_small_stays_behind_it() -> None:
    trim = memory.trimmer()
    if trim is None:
        pytest.skip("the C library is not glibc")
    left: list[bytes] = []

    def answer() -> None:
        pieces = [bytes(SIZE) for _ in range(PIECES)]
        left.extend(pieces[:: PIECES // 10])

    memory.trimmed(trim, 0)
    before = memory.resident()
    thread = threading.Thread(target=answer)
    thread.start()
    thread.join()
    memory.trimmed(trim, before)

    assert len(left) == 10
    assert memory.resident() < before + 0.3 * PIECES * SIZE
