"""The rows of artifacts that pass through the server, to a folder on its disk."""

from __future__ import annotations

from itertools import count, cycle, islice

from bench import payloads, transfer
from bench.driver import Client, replay
from bench.lab import Lab
from bench.peers import Peer
from bench.rows import CLIENTS, Row
from bench.stage import SMALL_FILE

MOST_FILES = 1_000
ROUNDS = count()
WITHOUT = {"FastTrackML": "artifacts do not pass through it: clients write to its folder or bucket themselves"}


def upload(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return transfer.upload(stage.server.port, f"{stage.experiment}/large/written.bin", lab.scale.artifact_mb)


def download(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return transfer.download(stage.server.port, stage.large_artifact, lab.scale.artifact_mb)


def upload_small(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    folder = f"{stage.experiment}/small/{next(ROUNDS)}"
    requests = [payloads.put_artifact(f"{folder}/{number}.bin", SMALL_FILE) for number in range(MOST_FILES)]
    return stage.drive(*_shared(requests)).requests_per_second


def download_small(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    requests = [payloads.get_artifact(path) for path in islice(cycle(stage.small_artifacts), MOST_FILES)]
    return stage.drive(*_shared(requests)).requests_per_second


def _shared(requests: list[bytes]) -> list[Client]:
    return [replay(requests[number::CLIENTS]) for number in range(CLIENTS)]


ROWS = (
    Row(
        "upload",
        "upload of 200 MB",
        "MB/s",
        "higher",
        "One artifact through the proxy, until the server has answered (50 MB at the scale quick).",
        upload,
        without=WITHOUT,
    ),
    Row("download", "download of 200 MB", "MB/s", "higher", "The same artifact back.", download, without=WITHOUT),
    Row(
        "upload-small",
        "upload of 1,000 files of 4 KB",
        "files/s",
        "higher",
        "Through the proxy by 8 clients, as many of the 1,000 as the time of a round allows.",
        upload_small,
        without=WITHOUT,
    ),
    Row(
        "download-small",
        "download of 1,000 files of 4 KB",
        "files/s",
        "higher",
        "100 files, again and again, by 8 clients.",
        download_small,
        without=WITHOUT,
    ),
)
