"""Every way in which an object store can be set up wrong has a sentence that names the setting to change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.blobs.bytes_of import put, read
from tests.blobs.conftest import BUCKET, Bucket, options_of
from tests.blobs.faulty import Asked, Fault, faulty
from tests.object_stores import S3Server
from tests.servers import free_port
from trackline.blobs import StoreOptions, create_bucket, open_blobs, probe
from trackline.blobs.errors import (
    BadName,
    BlobError,
    NoConnection,
    NoRoom,
    NoSuchBucket,
    StoreFailed,
    StoreUnavailable,
    UnknownDestination,
    WrongOption,
)

pytestmark = pytest.mark.usefixtures("impatient")


def problem_with(options: StoreOptions, bucket: str = BUCKET) -> tuple[str, BlobError]:
    """The step at which a probe ends, and why."""
    step = asyncio.run(probe(open_blobs(f"s3://{bucket}/folder", options)))[-1]
    assert step.problem is not None
    return step.name, step.problem


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"access_key": "WRONG"}, "correct AWS_ACCESS_KEY_ID"),
        ({"secret_key": "wrong"}, "correct AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_wrong_keys_are_told_apart(ceph_bucket: Bucket, change: dict[str, str], setting: str) -> None:
    step, problem = problem_with(StoreOptions(**{**vars(ceph_bucket.options), **change}))
    assert (step, type(problem)) == ("list", StoreFailed)
    assert setting in problem.message
    assert ceph_bucket.server.secret_key not in problem.message


def test_a_missing_bucket_is_said_with_the_command_that_makes_it(bucket: Bucket) -> None:
    step, problem = problem_with(bucket.options, "no-such-bucket")
    assert (step, type(problem)) == ("list", NoSuchBucket)
    assert "has no bucket no-such-bucket" in problem.message
    assert "trackline artifacts create-bucket" in problem.message

    async def run() -> None:
        store = open_blobs("s3://no-such-bucket", bucket.options)
        for work in (put(store, "file"), store.get("file"), store.stat("file"), store.entries("a"), store.delete("a")):
            with pytest.raises(NoSuchBucket):
                await work

    asyncio.run(run())


def test_missing_keys_are_missed(ceph: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    step, problem = problem_with(StoreOptions(endpoint_url=ceph.url))
    assert (step, type(problem)) == ("list", StoreFailed)
    assert "cannot be used without keys: set AWS_ACCESS_KEY_ID" in problem.message


def test_an_endpoint_where_nothing_listens_is_unavailable(moto: S3Server) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    step, problem = problem_with(StoreOptions(endpoint_url=url, access_key="a", secret_key="b"))
    assert (step, type(problem)) == ("connect", StoreUnavailable)
    assert f"at {url} does not answer" in problem.message
    assert "MLFLOW_S3_ENDPOINT_URL" in problem.message


@pytest.mark.parametrize(
    ("wrong", "kind", "advice"),
    [
        (lambda ceph: {"endpoint_url": ceph.url.replace("http:", "https:")}, NoConnection, "with http://"),
        (lambda ceph: {"endpoint_url": ceph.https_url.replace("https:", "http:")}, StoreUnavailable, "want https://"),
        (lambda ceph: {"endpoint_url": ceph.https_url}, NoConnection, "AWS_CA_BUNDLE"),
    ],
    ids=["https to http", "http to https", "unknown CA"],
)
def test_tls_that_does_not_fit_is_explained(
    ceph: S3Server, wrong: Callable[[S3Server], dict[str, str]], kind: type[BlobError], advice: str
) -> None:
    step, problem = problem_with(StoreOptions(**{**vars(options_of(ceph)), **wrong(ceph)}))
    assert (step, type(problem)) == ("connect", kind)
    assert advice in problem.message


def test_tls_may_be_ignored(ceph: S3Server) -> None:
    options = StoreOptions(**{**vars(options_of(ceph)), "endpoint_url": ceph.https_url, "ignore_tls": True})

    async def run() -> None:
        await create_bucket(f"s3://{BUCKET}", options)
        store = open_blobs(f"s3://{BUCKET}/ignored", options)
        await put(store, "file", b"hello")
        assert await read(store, "file") == b"hello"
        await store.delete("file")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("refusal", "kind", "advice"),
    [
        ((403, "AccessDenied", ""), StoreFailed, "give them the rights to list the bucket"),
        ((403, "RequestTimeTooSkewed", ""), StoreFailed, "set this machine's clock"),
        ((400, "ExpiredToken", ""), StoreFailed, "AWS_SESSION_TOKEN"),
        (
            (400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
            StoreFailed,
            f"the bucket {BUCKET} in another region (eu-west-1): set AWS_DEFAULT_REGION",
        ),
        ((301, "PermanentRedirect", ""), StoreFailed, "in another region: set AWS_DEFAULT_REGION"),
        ((403, "QuotaExceeded", ""), NoRoom, "has no room left"),
        ((507, "", ""), NoRoom, "has no room left"),
        ((400, "InvalidBucketName", ""), StoreFailed, f"no bucket of the name {BUCKET}"),
        ((400, "KeyTooLongError", ""), BadName, "names this long"),
        ((418, "ImATeapot", ""), StoreFailed, "fails on 'file': No. (ImATeapot)"),
    ],
    ids=lambda value: value[1] or str(value[0]) if isinstance(value, tuple) else "",
)
def test_what_a_store_refuses_is_explained(
    moto_bucket: Bucket, refusal: tuple[int, str, str], kind: type[BlobError], advice: str
) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            fake.plan = lambda _: Fault(refusal=refusal)
            for work in (put(store, "file"), store.get("file"), store.delete("file"), store.begin("file")):
                with pytest.raises(kind) as refused:
                    await work
                assert type(refused.value) is kind
                if "'file'" not in advice or "Teapot" in refused.value.message:
                    assert advice in refused.value.message or "'file'" in advice
                assert "\n" not in refused.value.message

    asyncio.run(run())


@pytest.mark.parametrize(
    ("step", "methods"), [("list", {"GET"}), ("write", {"PUT"}), ("read back", {"GET"}), ("delete", {"POST", "DELETE"})]
)
def test_a_probe_names_the_step_that_fails_and_cleans_up(moto_bucket: Bucket, step: str, methods: set[str]) -> None:
    def fails(asked: Asked) -> Fault | None:
        listing = "list-type=" in asked.target
        hit = asked.method in methods and listing == (step == "list")
        return Fault(refusal=(403, "AccessDenied", "")) if hit else None

    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            fake.plan = fails
            *fine, last = await probe(store)
            assert (last.name, type(last.problem)) == (step, StoreFailed)
            assert {one.problem for one in fine} == {None}
            fake.plan = lambda _: None
            assert len(await store.entries("")) == (1 if step == "delete" else 0)

    asyncio.run(run())


def test_a_probe_does_not_wait_for_ever(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            fake.plan = lambda _: Fault(seconds=60)
            began = time.monotonic()
            (step,) = await probe(store, seconds=0.5)
            assert (step.name, type(step.problem)) == ("connect", StoreUnavailable)
            assert time.monotonic() - began < 30

    asyncio.run(run())


def test_a_hurried_store_is_asked_twice_and_no_more(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url, hurried=True)
            fake.plan = lambda _: Fault(refusal=(503, "SlowDown", ""))
            (step,) = await probe(store)
            assert (step.name, type(step.problem)) == ("connect", StoreUnavailable)
            assert len(fake.asked) == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"endpoint_url": "127.0.0.1:9000"}, "MLFLOW_S3_ENDPOINT_URL is '127.0.0.1:9000'; it has to begin with http"),
        ({"ca_bundle": "/no/such/file.pem"}, "AWS_CA_BUNDLE cannot be used"),
        ({"upload_args": {"ACL": "public-read"}}, "MLFLOW_S3_UPLOAD_EXTRA_ARGS has 'ACL', which is not offered"),
    ],
)
def test_options_that_cannot_be_honoured_are_refused_at_once(change: dict[str, object], advice: str) -> None:
    with pytest.raises(WrongOption) as refused:
        open_blobs("s3://bucket", StoreOptions(access_key="a", secret_key="b", **change))  # type: ignore[arg-type]
    assert advice in refused.value.message


def test_a_bundle_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    with pytest.raises(WrongOption):
        open_blobs("s3://bucket", StoreOptions(access_key="a", secret_key="b", ca_bundle=str(tmp_path / "ca.pem")))


@pytest.mark.parametrize(
    "destination",
    [
        *("s3://", "s3:///folder", "s3://user@host/x", "s3://bucket/a//b", "s3://bucket/a/../b", "gs://", "s3:bucket"),
        *("wasbs://container/x", "wasbs://container@somewhere.example/x", "abfss://@account.dfs.core.windows.net/x"),
    ],
)
def test_destinations_that_name_no_bucket_are_refused_by_name(destination: str) -> None:
    with pytest.raises(UnknownDestination) as refused:
        open_blobs(destination)
    assert destination in refused.value.message
