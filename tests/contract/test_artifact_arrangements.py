"""Every arrangement of the artifact options that docs/artifacts.md shows works with the stock clients.

The commands are those of the document. The store is Ceph's S3 gateway where it is installed, else moto.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.contract.arrangements import stage
from tests.contract.arrangements.stage import Bucket, Client, browser, make_bucket, running
from tests.object_stores import S3Server, or_skip, s3_store
from tests.servers import ROOT, Server, clean_environment, free_port, wait_for_output
from tools.client_environments import VERSIONS
from tools.tool_environments import environment as tool

DOCUMENT = ROOT / "docs" / "artifacts.md"
CURRENT = VERSIONS[0]
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
MiB = 1024 * 1024
_numbers = count(1)

Clients = Callable[[str], Client]


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with or_skip(s3_store(tmp_path_factory.mktemp("store"))) as store:
        yield store


@pytest.fixture
def bucket(object_store: S3Server) -> Bucket:
    return make_bucket(object_store, f"{stage.BUCKET}-{next(_numbers)}")


@pytest.fixture(scope="session")
def client_of(mlflow_python: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Gives the client of a generation; all are loaded beside each other, and beside the first tests."""
    with ExitStack() as loaded:
        clients = {}
        for generation in VERSIONS:
            log = tmp_path_factory.mktemp(f"mlflow-{generation}") / "client.log"
            clients[generation] = loaded.enter_context(Client(mlflow_python(generation), log))
        yield clients.__getitem__


def keys_in(bucket: Bucket, client_of: Clients, folder: Path) -> dict[str, str]:
    """The ETag of every object, by key, as boto3 tells it."""
    keys: dict[str, str] = client_of(CURRENT).run(folder, "objects", bucket.name, env=bucket.store.environment())
    return keys


def listed_by_awscli(bucket: Bucket) -> list[str]:
    """The keys of a bucket as people look for them."""
    command = [str(tool("awscli").with_name("aws")), "s3", "ls", "--recursive", f"s3://{bucket.name}"]
    env = clean_environment(**bucket.store.environment(), AWS_ENDPOINT_URL_S3=bucket.store.url)
    listed = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True).stdout
    return [line.split(maxsplit=3)[3] for line in listed.splitlines()]  # date, time, size, key


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def refusal(answer: Any) -> str:
    assert answer.status_code == 501, answer.text
    body = answer.json()
    assert body["error_code"] == "NOT_IMPLEMENTED"
    return str(body["message"])


def check_objects(keys: dict[str, str], root: str, trained: dict[str, Any]) -> None:
    """What a training leaves in the bucket: its files below the run, a model, and not the folder it deleted."""
    run = f"{root}/0/{trained['run_id']}/artifacts"
    assert {f"{run}/notes/hello.txt", f"{run}/tree/a.txt"} <= keys.keys()
    assert not [key for key in keys if "deep" in key]
    assert [key for key in keys if key.endswith("/MLmodel")]
    assert all(key.startswith(f"{root}/0/") for key in keys), keys


def check_views(server: Server, run_id: str) -> None:
    """The server lists, previews and gives out the run's files."""
    with browser(server) as http:
        listed = http.get("/api/2.0/mlflow/artifacts/list", params={"run_id": run_id, "path": "tree"}).json()
        preview = http.get("/get-artifact", params={"run_id": run_id, "path": "notes/hello.txt"})
        part = http.get(
            "/get-artifact", params={"run_id": run_id, "path": "tree/a.txt"}, headers={"range": "bytes=0-0"}
        )
    assert listed["files"] == [{"path": "tree/a.txt", "is_dir": False, "file_size": 2}]
    assert preview.text == "Grüße\n"
    assert preview.headers["content-type"].startswith("text/plain")
    assert (part.status_code, part.content) == (206, b"a")


@pytest.mark.parametrize("generation", VERSIONS)
def test_proxied_clients_need_no_keys_and_speak_to_the_server_only(
    generation: str, bucket: Bucket, client_of: Clients, tmp_path: Path
) -> None:
    with running(stage.PROXIED, tmp_path / "server", bucket.store.environment(), bucket=bucket.name) as server:
        trained = client_of(generation).run(tmp_path / "client", "training", server.url)
        check_views(server, trained["run_id"])
    assert trained["artifact_uri"] == f"mlflow-artifacts:/0/{trained['run_id']}/artifacts"
    assert trained["ports"] == [port_of(server.url)]
    check_objects(keys_in(bucket, client_of, tmp_path), "artifacts", trained)


@pytest.mark.parametrize("generation", VERSIONS)
def test_clients_write_to_the_bucket_themselves_and_the_server_shows_it(
    generation: str, object_store: S3Server, client_of: Clients, tmp_path: Path
) -> None:
    bucket = make_bucket(object_store, stage.BUCKET)  # the line is run as it stands in guides
    env = object_store.environment()
    with running(stage.DIRECT, tmp_path / "server", env) as server:
        trained = client_of(generation).run(tmp_path / "client", "training", server.url, env=env)
        check_views(server, trained["run_id"])
    assert trained["artifact_uri"] == f"s3://mlflows3/artifacts/0/{trained['run_id']}/artifacts"
    assert port_of(object_store.url) in trained["ports"]
    check_objects(dict.fromkeys(listed_by_awscli(bucket), ""), "artifacts", trained)
    made = {path.name for path in (tmp_path / "server").iterdir() if path.suffix != ".log"}
    assert {name for name in made if not name.startswith("mlflow.db")} == set(), "it made folders that nobody asked for"


def test_not_served_only_the_proxy_is_refused(bucket: Bucket, client_of: Clients, tmp_path: Path) -> None:
    env = bucket.store.environment()
    with running(stage.DIRECT_NOT_SERVED, tmp_path / "server", env, bucket=bucket.name) as server:
        trained = client_of(CURRENT).run(tmp_path / "client", "training", server.url, env=env)
        check_views(server, trained["run_id"])
        with browser(server) as http:
            for answer in (http.get(PROXY), http.put(f"{PROXY}/a.txt", content=b"a"), http.delete(f"{PROXY}/a.txt")):
                assert "--serve-artifacts" in refusal(answer)
    check_objects(keys_in(bucket, client_of, tmp_path), "artifacts", trained)


def test_one_server_takes_artifacts_and_another_tracks(bucket: Bucket, client_of: Clients, tmp_path: Path) -> None:
    env = bucket.store.environment()
    with (
        running(stage.ARTIFACTS_ONLY, tmp_path / "artifacts", env, bucket=bucket.name) as artifacts,
        running(stage.TRACKING_BESIDE, tmp_path / "tracking", artifact_server=urlsplit(artifacts.url).netloc) as server,
    ):
        trained = client_of(CURRENT).run(tmp_path / "client", "training", server.url)
        with browser(artifacts) as http:
            created = http.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"})
            listed = http.get("/api/2.0/mlflow/artifacts/list", params={"run_id": trained["run_id"]})
        assert "--artifacts-only" in refusal(created)
        assert "--artifacts-only" in refusal(listed)
    assert trained["ports"] == sorted({port_of(server.url), port_of(artifacts.url)})
    check_objects(keys_in(bucket, client_of, tmp_path), "artifacts", trained)


@pytest.mark.parametrize(
    ("command", "place"), [(stage.LOCAL, "trackline-artifacts"), (stage.LOCAL_FOLDER, "artifacts")]
)
def test_without_a_bucket_artifacts_go_through_the_server_into_a_folder(
    command: str, place: str, client_of: Clients, tmp_path: Path
) -> None:
    with running(command, tmp_path / "server") as server:
        trained = client_of(CURRENT).run(tmp_path / "client", "training", server.url)
        check_views(server, trained["run_id"])
    assert trained["ports"] == [port_of(server.url)]
    files = [path for path in (tmp_path / "server" / place).rglob("*") if path.is_file()]
    keys = {str(path.relative_to(tmp_path / "server")): "" for path in files}
    check_objects(keys, place, trained)


@pytest.mark.parametrize("presigned", [True, False], ids=["presigned", "proxied"])
def test_large_files_go_past_the_server_only_where_it_is_told_so(
    presigned: bool, bucket: Bucket, client_of: Clients, tmp_path: Path
) -> None:
    command = stage.PRESIGNED if presigned else stage.PROXIED
    sizes = {
        "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": str(6 * MiB),
        "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": str(5 * MiB),
    }
    with running(command, tmp_path / "server", bucket.store.environment(), bucket=bucket.name) as server:
        with browser(server) as http:
            told = http.get("/api/3.0/mlflow/server-info").json()
        assert told["multipart_uploads_enabled"] is told["multipart_downloads_enabled"] is presigned
        sent = client_of(CURRENT).run(tmp_path / "client", "large_file", server.url, str(11 * MiB), env=sizes)
    store = port_of(bucket.store.url)
    assert [method for port, method in sent["upload"] if port == store] == (["PUT"] * 3 if presigned else [])
    assert {method for port, method in sent["download"] if port == store} == ({"GET"} if presigned else set())
    (key, etag), *others = keys_in(bucket, client_of, tmp_path).items()
    assert (key, others) == (f"artifacts/0/{sent['run_id']}/artifacts/big/large.bin", [])
    if presigned:
        assert etag.endswith("-3"), etag


def test_server_and_clients_trust_the_authority_that_they_are_told_of(
    bucket: Bucket, client_of: Clients, tmp_path: Path
) -> None:
    store = bucket.store
    if store.ca_file is None:
        pytest.skip("moto has no TLS, and Ceph's S3 gateway is not installed")
    env = store.environment() | {
        "MLFLOW_S3_ENDPOINT_URL": store.https_url,
        "AWS_CA_BUNDLE": str(store.ca_file),
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    }
    with running(stage.DIRECT, tmp_path / "server", env, bucket=bucket.name) as server:
        trained = client_of(CURRENT).run(tmp_path / "client", "training", server.url, env=env)
        check_views(server, trained["run_id"])
        wait_for_output(server, "was listed, written and read")
    assert port_of(store.https_url) in trained["ports"]


def test_an_unknown_authority_is_named(bucket: Bucket, tmp_path: Path) -> None:
    if bucket.store.ca_file is None:
        pytest.skip("moto has no TLS, and Ceph's S3 gateway is not installed")
    env = bucket.store.environment() | {"MLFLOW_S3_ENDPOINT_URL": bucket.store.https_url}
    with running(stage.PROXIED, tmp_path, env, bucket=bucket.name) as server:
        check_warning(server, "shows a certificate that is not trusted")


def check_warning(server: Server, sentence: str) -> None:
    """The server is up and says what is wrong with its store; the document explains that."""
    assert sentence in DOCUMENT.read_text()
    with browser(server) as http:
        assert http.get("/api/2.0/mlflow/experiments/get", params={"experiment_id": "0"}).status_code == 200
    wait_for_output(server, sentence)
    assert "cannot be used yet" in server.output


def check_answer(server: Server, sentence: str) -> None:
    """A client that sends a file is told the same."""
    with browser(server) as http:
        answer = http.put(f"{PROXY}/0/a.txt", content=b"a")
    assert answer.status_code == 500, answer.text
    assert sentence in answer.json()["message"]


def test_a_store_that_does_not_answer_is_a_warning(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "MLFLOW_S3_ENDPOINT_URL": nobody}
    with running(stage.PROXIED, tmp_path, keys) as server:
        check_warning(server, "does not answer, nothing listens there: start it, or correct MLFLOW_S3_ENDPOINT_URL.")


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ("AWS_ACCESS_KEY_ID", "does not know the access key id: correct AWS_ACCESS_KEY_ID."),
        ("AWS_SECRET_ACCESS_KEY", "so the secret key is wrong: correct AWS_SECRET_ACCESS_KEY."),
    ],
)
def test_a_wrong_key_is_named(variable: str, sentence: str, bucket: Bucket, tmp_path: Path) -> None:
    if bucket.store.ca_file is None:
        pytest.skip("moto takes every key, and Ceph's S3 gateway is not installed")
    env = bucket.store.environment() | {variable: "WRONG"}
    with running(stage.PROXIED, tmp_path, env, bucket=bucket.name) as server:
        check_warning(server, sentence)
        check_answer(server, sentence)


def test_a_missing_bucket_is_named_and_used_once_it_is_there(object_store: S3Server, tmp_path: Path) -> None:
    with running(stage.PROXIED, tmp_path, object_store.environment(), bucket="made-later") as server:
        sentence = "correct the name, or make the bucket with `trackline artifacts create-bucket`."
        check_warning(server, sentence)
        check_answer(server, sentence)
        assert "has no bucket made-later" in server.output
        make_bucket(object_store, "made-later")
        with browser(server) as http:
            assert http.put(f"{PROXY}/0/a.txt", content=b"a").status_code == 200
            assert http.get(f"{PROXY}/0/a.txt").content == b"a"


def test_the_document_shows_the_commands_that_are_run_here_and_no_others() -> None:
    shown = re.findall(r"(?<=[`\n])trackline server[^`\n]*", DOCUMENT.read_text())
    assert set(shown) == set(stage.COMMANDS)
