"""Files of any size pass through in constant memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.blobs.conftest import BUCKET, Bucket
from tests.servers import clean_environment

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
GROWTH = 150 * MIB  # bytes

# In a process of its own: the peak of ours is that of all tests before.
PROGRAM = """
import asyncio, json, resource, sys
from trackline.blobs import StoreOptions, open_blobs

options, destination, size = json.loads(sys.argv[1])
block = bytes(range(256)) * 256

async def chunks(size):
    for _ in range(size // len(block)):
        yield block

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

async def run():
    store = open_blobs(destination, StoreOptions(**options))
    await store.put("warm", chunks(len(block)))
    before = peak()
    await store.put("file", chunks(size), size)
    blob = await store.get("file")
    received = 0
    async for chunk in blob.chunks:
        received += len(chunk)
    assert received == size
    await store.delete("file")
    print(peak() - before)

asyncio.run(run())
"""


@pytest.mark.slow
def test_a_gibibyte_goes_up_and_down_in_constant_memory(ceph_bucket: Bucket) -> None:
    arguments = json.dumps([vars(ceph_bucket.options), f"s3://{BUCKET}/memory", 1024 * MIB])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, arguments],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < GROWTH
