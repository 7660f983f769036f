"""Where the rows of artifacts run: Ceph's S3 gateway, a server of each peer on it, and the official client."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

from bench import payloads
from bench.driver import drive, replay
from bench.peers import CLIENT_VERSION, Peer, mlflow_peers
from bench.processes import Died, Server, child, running, tail
from bench.run_set import BEGAN_MS
from bench.scale import Scale
from bench.transfer import PIECE
from tests.object_stores import S3Server, ceph_rgw
from tools.client_environments import environment
from trackline.blobs import BlobStore, StoreOptions, create_bucket, open_blobs

BUCKET = "bench"
CLIENT = Path(__file__).with_name("artifact_client.py")
LARGE = 200 * len(PIECE)  # bytes
SMALL, SMALL_FILES = 4096, 1000
LISTED = 10_000
WRITERS = 32  # that fill the folder which is listed
SECONDS = 300.0  # for a question to a server


class Direct(Peer):
    """The client and the store with no server between them; a Trackline keeps the runs, and sees no artifacts."""

    @property
    def title(self) -> str:
        return "directly (boto3)"


def ways() -> tuple[Peer, ...]:
    ours, *others = mlflow_peers()
    return (ours, *others, Direct("directly", ours.program))


class Place(NamedTuple):
    """A run, on the server that tracks it."""

    server: Server
    experiment: str
    run_id: str


class ArtifactLab:
    def __init__(self, folder: Path, scale: Scale) -> None:
        self.scale = scale
        self._folder = folder
        self._open = ExitStack()
        self._places: dict[str, Place] = {}
        self._listed: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def facts(self) -> dict[str, str]:
        version = subprocess.run(["radosgw", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
        return {
            "scale": f"{self.scale.name}: {self.scale.rounds} rounds",
            "the store": f"the S3 gateway of Ceph {version}, one OSD, objects in memory, no TLS",
        }

    def place(self, peer: Peer) -> Place:
        """The run that the way's artifacts are logged to; its server is started and at rest."""
        if peer.name not in self._places:
            tracker = Peer("Trackline", peer.program) if isinstance(peer, Direct) else peer
            folder = self._folder / peer.name
            destination = f"s3://{BUCKET}/{peer.name}"
            server = self._open.enter_context(running(tracker, folder, destination, env=self._variables))
            server.settle()
            body = {"name": "bench"} | ({"artifact_location": destination} if isinstance(peer, Direct) else {})
            experiment: str = _ask(server, payloads.post("experiments/create", body))["experiment_id"]
            begun = {"experiment_id": experiment, "start_time": BEGAN_MS}
            run = _ask(server, payloads.post("runs/create", begun))["run"]["info"]["run_id"]
            self._places[peer.name] = Place(server, experiment, run)
        return self._places[peer.name]

    def listed_folder(self, peer: Peer) -> str:
        """The path, below the peer's place in the bucket, of a folder with LISTED objects in it."""
        folder = f"{self.place(peer).experiment}/listed"
        if peer.name not in self._listed:
            asyncio.run(_fill(self._store(peer), folder))
            self._listed.add(peer.name)
        return folder

    @contextmanager
    def on_disk(self, peer: Peer) -> Iterator[Server]:
        """A server of its own, on a store of its own that holds more than fits into memory."""
        folder = self._folder / f"{peer.name}-on-disk"
        with ceph_rgw(folder / "ceph", on_disk=True) as store:
            asyncio.run(create_bucket(f"s3://{BUCKET}", _options(store)))
            with running(peer, folder, f"s3://{BUCKET}/{peer.name}", env=store.environment()) as server:
                server.settle()
                yield server
        shutil.rmtree(folder)

    def client_seconds(self, job: str, **arguments: Any) -> float:
        """What the official client takes for a job of `artifact_client.py`."""
        question, answers = self._client.stdin, self._client.stdout
        assert question is not None
        assert answers is not None
        question.write(json.dumps({"job": job, "arguments": arguments}).encode() + b"\n")
        question.flush()
        answer = answers.readline()
        if not answer:
            raise Died(f"the official client ended:\n{tail(self._client_log)}")
        return float(json.loads(answer))

    @cached_property
    def large_file(self) -> Path:
        file = self._folder / "large.bin"
        file.write_bytes(PIECE * (LARGE // len(PIECE)))
        return file

    @cached_property
    def small_files(self) -> Path:
        folder = self._folder / "small"
        folder.mkdir()
        for number in range(SMALL_FILES):
            (folder / f"{number:04}.bin").write_bytes(PIECE[number : number + SMALL])
        return folder

    @cached_property
    def _ceph(self) -> S3Server:
        store = self._open.enter_context(ceph_rgw(self._folder / "ceph"))
        asyncio.run(create_bucket(f"s3://{BUCKET}", _options(store)))
        return store

    @property
    def _variables(self) -> dict[str, str]:
        return self._ceph.environment()

    def _store(self, peer: Peer) -> BlobStore:
        return open_blobs(f"s3://{BUCKET}/{peer.name}", _options(self._ceph))

    @cached_property
    def _client(self) -> subprocess.Popen[bytes]:
        command = [str(environment(CLIENT_VERSION)), str(CLIENT)]
        return self._open.enter_context(child(command, self._client_log, talk=True, env=self._variables))

    @property
    def _client_log(self) -> Path:
        return self._folder / "client.log"


def _ask(server: Server, request: bytes) -> Any:
    return json.loads(drive(server.port, [replay([request])], SECONDS).last_answer)


def _options(store: S3Server) -> StoreOptions:
    return StoreOptions(
        endpoint_url=store.url, region=store.region, access_key=store.access_key, secret_key=store.secret_key
    )


async def _fill(store: BlobStore, folder: str) -> None:
    numbers = iter(range(LISTED))

    async def write() -> None:
        for number in numbers:
            await store.put(f"{folder}/{number:05}.bin", _one_byte(), 1)

    await asyncio.gather(*(write() for _ in range(WRITERS)))


async def _one_byte() -> Any:
    yield b"x"
