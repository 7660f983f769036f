"""The rows of artifacts in an object store: through Trackline, through MLflow, and by the client past every server."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from bench import transfer
from bench.artifact_lab import BUCKET, LARGE, LISTED, SMALL_FILES, ArtifactLab, Direct
from bench.driver import Refused, drive, replay
from bench.payloads import get_artifacts
from bench.peers import Peer
from bench.processes import MEMORY_MEASURE
from bench.rows import Goal, Row
from bench.scales import weighed

CLIENTS = 8
PIECES = -(-(1024**3) // len(transfer.PIECE))  # that make 1 GiB
LIST_SECONDS = 120.0


def upload(lab: ArtifactLab, peer: Peer) -> float:
    place = lab.place(peer)
    file = str(lab.large_file)
    return LARGE / 1e6 / lab.client_seconds("upload", url=place.server.url, run_id=place.run_id, file=file)


def download(lab: ArtifactLab, peer: Peer) -> float:
    place, path = lab.place(peer), lab.large_file.name
    arguments = {"url": place.server.url, "run_id": place.run_id, "path": path, "size": LARGE}
    return LARGE / 1e6 / lab.client_seconds("download", **arguments)


def small_files(lab: ArtifactLab, peer: Peer) -> float:
    place = lab.place(peer)
    arguments = {"url": place.server.url, "run_id": place.run_id, "folder": str(lab.small_files), "path": "small"}
    return SMALL_FILES / lab.client_seconds("upload_folder", **arguments)


def listing(lab: ArtifactLab, peer: Peer) -> float:
    folder = lab.listed_folder(peer)
    if isinstance(peer, Direct):
        prefix = f"{peer.name}/{folder}/"
        return 1000 * lab.client_seconds("list_objects", bucket=BUCKET, prefix=prefix, number=LISTED)
    outcome = drive(lab.place(peer).server.port, [replay([get_artifacts(folder)])], LIST_SECONDS)
    if len(json.loads(outcome.last_answer)["files"]) != LISTED:
        raise Refused("the listing lacks something")
    return outcome.p50_ms


def memory(lab: ArtifactLab, peer: Peer) -> float:
    """The most while CLIENTS send a file of 1 GiB each, and while they fetch them."""
    paths = [f"memory/{number}.bin" for number in range(CLIENTS)]
    with lab.on_disk(peer) as server, weighed(server.memory_mb) as scales, ThreadPoolExecutor(CLIENTS) as pool:
        for move in (transfer.upload, transfer.download):
            moved = [pool.submit(move, server.port, path, PIECES) for path in paths]
            for one in moved:
                one.result()
    return scales.most


ROWS = (
    Row(
        "upload",
        "upload of 200 MB",
        "MB/s",
        "higher",
        "`log_artifact` of the stock client, a file of 200 MB; until the store has it.",
        upload,
        Goal(over={"MLflow": 2, "directly": 0.7}),
    ),
    Row(
        "download",
        "download of 200 MB",
        "MB/s",
        "higher",
        "`download_artifacts` of the stock client, the same file back into a folder.",
        download,
        Goal(over={"MLflow": 2, "directly": 0.7}),
    ),
    Row(
        "small-files",
        "1,000 files of 4 KB",
        "files/s",
        "higher",
        "`log_artifacts` of a folder by the stock client, which sends one file after the other to a server, and "
        "several at once to the store.",
        small_files,
        Goal(over={"MLflow": 5}),
    ),
    Row(
        "list",
        "listing of 10,000 objects",
        "ms",
        "lower",
        "One folder, by one request to the server; directly: ListObjectsV2 in pages of 1,000, by boto3.",
        listing,
        Goal(over={"directly": 1 / 1.5}),
    ),
    Row(
        "memory",
        "memory, 8 clients with 1 GiB",
        "MB",
        "lower",
        f"The highest {MEMORY_MEASURE.upper()} of the server's process tree while 8 clients send a file of 1 GiB each "
        "at once, and then fetch them at once; the store keeps them on the disk.",
        memory,
        Goal(limit=250),
        "once",
        without={"directly": "there is no server"},
    ),
)
