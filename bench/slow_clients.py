"""What slow clients cost the others: how long a request takes alone, and beside a hundred that dawdle.

    python -m bench.slow_clients URL

Of the hundred, 50 send the head or the body of a request byte by byte, and 50 read a file of 20 MB in sips. Rounds
alternate between without them and with them, so that a slow minute of the machine hits both.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress

import httpx

SLOW = 50  # of each kind
ROUNDS = 5
ROUND_SECONDS = 6.0
FILE = "/api/2.0/mlflow-artifacts/artifacts/sipped.bin"
FILE_BYTES = 20_000_000
API = "/api/2.0/mlflow"
HEADS = (
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"y" * 10_000,
    b"POST /api/2.0/mlflow/runs/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n{" + b" " * 90_000,
)


async def main(url: str) -> None:
    address = httpx.URL(url)
    place = (address.host, address.port or 80)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        (await client.put(FILE, content=bytes(FILE_BYTES))).raise_for_status()
        answer = await client.post(f"{API}/runs/create", json={"experiment_id": "0"})
        run_id = answer.raise_for_status().json()["run"]["info"]["run_id"]
        alone: list[float] = []
        beside: list[float] = []
        for _ in range(ROUNDS):
            alone += await measured(client, run_id)
            slow = [asyncio.create_task(drip(place, HEADS[number % 2])) for number in range(SLOW)]
            slow += [asyncio.create_task(sip(place)) for _ in range(SLOW)]
            await asyncio.sleep(1)
            beside += await measured(client, run_id)
            assert not any(task.done() for task in slow), "the server hung up on a slow client while it was measured"
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
    print(f"alone:                    {figures(alone)}")
    print(f"beside {2 * SLOW} slow clients:  {figures(beside)}")


async def measured(client: httpx.AsyncClient, run_id: str) -> list[float]:
    """Milliseconds that each request took, one after the other."""
    took = []
    ends = time.perf_counter() + ROUND_SECONDS
    while time.perf_counter() < ends:
        begun = time.perf_counter()
        (await client.get(f"{API}/runs/get", params={"run_id": run_id})).raise_for_status()
        took.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.01)
    return took


async def drip(place: tuple[str, int], request: bytes) -> None:
    """Send a byte every 20 ms."""
    _, writer = await asyncio.open_connection(*place)
    with suppress(ConnectionError):
        for byte in request:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)


async def sip(place: tuple[str, int]) -> None:
    """Read 512 bytes every 50 ms, with next to no room for what waits."""
    loop = asyncio.get_running_loop()
    with socket.socket() as connection, suppress(ConnectionError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await loop.sock_connect(connection, place)
        await loop.sock_sendall(connection, f"GET {FILE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        for _ in range(FILE_BYTES // 512):
            await loop.sock_recv(connection, 512)
            await asyncio.sleep(0.05)


def figures(took: Sequence[float]) -> str:
    in_order = sorted(took)
    p99 = in_order[len(in_order) * 99 // 100]
    return f"{len(took)} requests, p50 {statistics.median(took):.1f} ms, p99 {p99:.1f} ms, most {in_order[-1]:.1f} ms"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", metavar="URL", help="of a running server that nobody else uses")
    asyncio.run(main(parser.parse_args().url))
