"""A process that has grown becomes small again when what it needed is free."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from trackline.server import memory

PIECES, SIZE = 100_000, 1000  # a hundred megabytes, in pieces that come from the C library's heap

# The first piece is what teaches glibc to keep those of its size.
LARGE_ANSWER = """
from trackline.server import memory
memory.keep_little()
b"x" * 30_000_000
before = memory.resident()
pieces = [b"x" * 1_000_000 for _ in range(60)]
grown = memory.resident() - before
del pieces
print(grown, memory.resident() - before)
"""


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


def test_large_pieces_go_back_at_once() -> None:
    if memory.trimmer() is None:
        pytest.skip("the C library is not glibc")
    said = subprocess.run([sys.executable, "-c", LARGE_ANSWER], capture_output=True, text=True, check=True).stdout
    grown, left = map(int, said.split())

    assert grown > 50_000_000
    assert left < 2 * memory.KEPT
