"""What holds for S3 alone: how a bucket is spoken to, and what clients may do there themselves."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.blobs.bytes_of import pieces, put, read, tree
from tests.blobs.conftest import Bucket
from tests.blobs.faulty import faulty
from tests.servers import clean_environment
from trackline.blobs import Entry, MultipartUploads, Presigner, StoreOptions, create_bucket, open_blobs
from trackline.blobs.errors import BadName, BadParts, NoSuchUpload, NotOffered, WrongOption
from trackline.blobs.objects import PART, PARTS, part_size
from trackline.blobs.s3 import S3Store
from trackline.blobs.s3_signing import Keys, Request, signed_url

MIB = 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]
GIVEN: dict[str, Any] = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}


def fetch(
    bucket: Bucket, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[bytes, Message]:
    """As a client does it that has nothing but the URL."""
    context = ssl.create_default_context(cafile=bucket.options.ca_bundle or None)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    headers = {"Content-Type": "application/octet-stream"} | dict(headers or {})
    request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 not a file:
    with opener.open(request, timeout=30) as answer:
        return answer.read(), answer.headers


def test_signatures_are_those_of_the_documentation() -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    request = Request("GET", "https://examplebucket.s3.amazonaws.com/test.txt")
    now = datetime(2013, 5, 24, tzinfo=UTC)
    url = signed_url(request, Keys(**GIVEN), "us-east-1", now, 86400)
    expected = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    assert parse_qs(urlsplit(url).query)["X-Amz-Signature"] == [expected]


def test_files_and_folders_of_one_name_stand_beside_each_other(bucket: Bucket) -> None:
    async def run() -> None:
        store = bucket.store()
        await put(store, "a", b"file")
        await put(store, "a/file", b"in the folder")
        assert await store.entries("") == [Entry("a", 4), Entry("a", None)]
        assert await store.entries("a") == [Entry("file", 13)]
        assert await read(store, "a") == b"file"
        await store.delete("a")
        assert await store.entries("") == []

    asyncio.run(run())


@pytest.mark.parametrize("name", ["line\nbreak", "\x7f", "a/\x01", "é" * 520, "\udcff"])
def test_names_that_no_object_can_have_are_refused(moto_bucket: Bucket, name: str) -> None:
    async def run() -> None:
        store = moto_bucket.store()
        for work in (put(store, name), store.get(name), store.entries(name), store.delete(name), store.begin(name)):
            with pytest.raises(BadName):
                await work

    asyncio.run(run())


def test_folders_marked_by_other_programs_are_listed_without_the_mark(bucket: Bucket) -> None:
    async def run() -> None:
        store = bucket.store()
        await put(store, "folder/file")
        # A mark is an object whose name ends with a slash, which no path of ours does.
        await store._requests.send(Request("PUT", f"{store._key('folder')}/"))  # noqa: SLF001
        assert await store.entries("") == [Entry("folder", None)]
        assert await store.entries("folder") == [Entry("file", 1)]
        assert [entry async for entry in store.walk("folder")] == [Entry("file", 1)]

    asyncio.run(run())


def test_a_small_file_is_one_request(moto_bucket: Bucket) -> None:
    async def run() -> None:
        async with faulty(moto_bucket.server.url) as fake:
            store = moto_bucket.store(endpoint_url=fake.url)
            await store.put("file", pieces(b"x" * MIB, b"y" * MIB))
            assert [asked.method for asked in fake.asked] == ["PUT"]

    asyncio.run(run())


@pytest.mark.parametrize("size", [None, 0, 1, PARTS * PART, PARTS * PART + 1, 10**12, 5 * 1024**4])
def test_parts_are_as_small_as_may_be_and_not_too_many(size: int | None) -> None:
    part = part_size(size)
    assert part >= PART
    assert -(-(size or 0) // part) <= PARTS
    assert part == PART or part * PARTS < (size or 0) + PARTS * MIB


def test_a_client_downloads_by_url(bucket: Bucket) -> None:
    async def run() -> None:
        store = bucket.store()
        await put(store, "a/ü x+y.bin", b"hello")
        url = await store.download_url("a/ü x+y.bin", 60, 'attachment; filename="x.bin"')
        content, headers = fetch(bucket, "GET", url)
        assert (content, headers["Content-Disposition"]) == (b"hello", 'attachment; filename="x.bin"')

    asyncio.run(run())


def test_a_client_uploads_by_url_and_by_no_other(ceph_bucket: Bucket) -> None:
    async def run() -> None:
        store = ceph_bucket.store()
        url, headers = await store.upload_url("file", 60, "text/plain")
        assert headers == {"Content-Type": "text/plain"}
        fetch(ceph_bucket, "PUT", url, b"hello", headers)
        assert await read(store, "file") == b"hello"
        for changed in (url.replace("/file?", "/other?"), url[:-1] + ("0" if url[-1] != "0" else "1")):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                fetch(ceph_bucket, "PUT", changed, b"x", headers)
        expired, _ = await store.upload_url("file", 1)
        await asyncio.sleep(2.1)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            fetch(ceph_bucket, "PUT", expired, b"x")

    asyncio.run(run())


def test_a_client_uploads_in_parts(bucket: Bucket) -> None:
    async def run() -> None:
        store = bucket.store()
        upload = await store.begin("a/big ü")
        urls = await store.part_urls("a/big ü", upload, 2, 60)
        contents = [b"x" * PART, b"the end"]
        etags = [fetch(bucket, "PUT", url, content)[1]["ETag"] for url, content in zip(urls, contents, strict=True)]
        assert await tree(store) == {}
        with pytest.raises(BadParts):
            await store.complete("a/big ü", upload, [(1, '"0123456789abcdef0123456789abcdef"'), (2, etags[1])])
        await store.complete("a/big ü", upload, list(enumerate(etags, start=1)))
        assert await read(store, "a/big ü") == b"".join(contents)

    asyncio.run(run())


def test_an_upload_in_parts_can_be_given_up(bucket: Bucket) -> None:
    async def run() -> None:
        store = bucket.store()
        upload = await store.begin("file")
        (url,) = await store.part_urls("file", upload, 1, 60)
        etag = fetch(bucket, "PUT", url, b"x")[1]["ETag"]
        await store.abort("file", upload)
        await store.abort("file", upload)
        with pytest.raises(NoSuchUpload):
            await store.complete("file", upload, [(1, etag)])
        assert await tree(store) == {}

    asyncio.run(run())


def test_only_stores_that_can_say_so_let_clients_in(tmp_path: Path, moto_bucket: Bucket) -> None:
    local = open_blobs(str(tmp_path))
    assert not isinstance(local, Presigner)
    assert not isinstance(local, MultipartUploads)
    assert isinstance(moto_bucket.store(), Presigner)
    assert isinstance(moto_bucket.store(), MultipartUploads)


def test_a_bucket_is_made_once(bucket: Bucket, tmp_path: Path) -> None:
    name = f"made-{tmp_path.name.replace('_', '-').lower()}"[:60].rstrip("-")

    async def run() -> None:
        assert await create_bucket(f"s3://{name}/folder", bucket.options) is True
        assert await create_bucket(f"s3://{name}", bucket.options) is False
        await put(open_blobs(f"s3://{name}", bucket.options), "file")
        with pytest.raises(NotOffered, match="s3://"):
            await create_bucket(str(tmp_path))

    asyncio.run(run())


def test_what_is_to_be_said_of_every_object_is_said(moto_bucket: Bucket) -> None:
    args = {
        "ContentType": "text/x-model",
        "StorageClass": "STANDARD_IA",
        "Metadata": {"team": "vision"},
        "Tagging": "a=1&b=2",
        "ServerSideEncryption": "AES256",
    }

    async def run() -> None:
        store = moto_bucket.store(upload_args=args)
        await put(store, "small")
        await store.put("large", pieces(b"x" * (PART + 1)))
        url, headers = await store.upload_url("by client", 60)
        fetch(moto_bucket, "PUT", url, b"x", headers)
        upload = await store.begin("in parts")
        (url,) = await store.part_urls("in parts", upload, 1, 60)
        await store.complete("in parts", upload, [(1, fetch(moto_bucket, "PUT", url, b"x")[1]["ETag"])])
        for path in ("small", "large", "by client", "in parts"):
            _, said = fetch(moto_bucket, "GET", await store.download_url(path, 60))
            assert said["Content-Type"] == "text/x-model", path
            assert said["x-amz-storage-class"] == "STANDARD_IA", path
            assert said["x-amz-meta-team"] == "vision", path
            assert said["x-amz-tagging-count"] == "2", path
            assert said["x-amz-server-side-encryption"] == "AES256", path

    asyncio.run(run())


@pytest.mark.parametrize(
    ("bucket_name", "options", "start"),
    [
        ("b-1", {}, "https://b-1.s3.us-east-1.amazonaws.com/p/file?"),
        ("b-1", {"region": "eu-west-1"}, "https://b-1.s3.eu-west-1.amazonaws.com/p/file?"),
        ("b-1", {"region": "cn-north-1"}, "https://b-1.s3.cn-north-1.amazonaws.com.cn/p/file?"),
        ("b.1", {}, "https://s3.us-east-1.amazonaws.com/b.1/p/file?"),
        ("b-1", {"addressing_style": "path"}, "https://s3.us-east-1.amazonaws.com/b-1/p/file?"),
        ("b-1", {"endpoint_url": "http://minio:9000/"}, "http://minio:9000/b-1/p/file?"),
        (
            "b-1",
            {"endpoint_url": "http://minio:9000", "addressing_style": "virtual"},
            "http://b-1.minio:9000/p/file?",
        ),
    ],
)
def test_a_bucket_is_addressed_as_its_server_wants_it(bucket_name: str, options: dict[str, Any], start: str) -> None:
    store = open_blobs(f"s3://{bucket_name}/p", StoreOptions(**GIVEN, **options))
    assert isinstance(store, S3Store)
    assert asyncio.run(store.download_url("file", 60)).startswith(start)


def test_settings_win_over_variables_that_obstore_reads_itself(
    moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", "eu-west-9")

    async def run() -> None:
        await put(store, "file", b"hello")
        assert await read(store, "file") == b"hello"

    store = moto_bucket.store()
    asyncio.run(run())


def test_profiles_are_read_where_botocore_is(
    ceph_bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("botocore", reason="botocore is not installed: the extra trackline[aws]")
    server = ceph_bucket.server
    (tmp_path / "credentials").write_text(
        f"[team]\naws_access_key_id = {server.access_key}\naws_secret_access_key = {server.secret_key}\n"
        "[wrong]\naws_access_key_id = WRONG\naws_secret_access_key = wrong\n"
    )
    (tmp_path / "config").write_text("[profile team]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    store = ceph_bucket.store(access_key="", secret_key="", region="", profile="team")

    async def run() -> None:
        await put(store, "file", b"hello")
        assert await read(store, "file") == b"hello"
        url = await store.download_url("file", 60)
        assert "eu-west-3" in url
        assert fetch(ceph_bucket, "GET", url)[0] == b"hello"

    asyncio.run(run())
    with pytest.raises(WrongOption, match="AWS_PROFILE"):
        ceph_bucket.store(access_key="", secret_key="", region="", profile="nobody")


def test_without_botocore_a_profile_is_refused_and_parts_are_not_offered(
    moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackline.blobs.s3_keys.find_spec", lambda _: None)
    with pytest.raises(WrongOption, match=r"AWS_PROFILE.*trackline\[aws\]"):
        moto_bucket.store(access_key="", profile="team")
    # As a web identity or a role would be found by obstore itself.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-a-role")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    store = moto_bucket.store(access_key="", secret_key="")

    async def run() -> None:
        await put(store, "file", b"hello")
        assert fetch(moto_bucket, "GET", await store.download_url("file", 60))[0] == b"hello"
        fetch(moto_bucket, "PUT", (await store.upload_url("file", 60)).url, b"new")
        assert await read(store, "file") == b"new"
        with pytest.raises(NotOffered, match=r"trackline\[aws\]"):
            await store.begin("file")

    asyncio.run(run())


def test_secrets_are_not_printed() -> None:
    options = StoreOptions(**GIVEN, session_token="the token")
    assert GIVEN["secret_key"] not in repr(options)
    assert "the token" not in repr(options)


def test_object_stores_cost_nothing_until_one_is_opened() -> None:
    program = (
        "import sys\n"
        "import trackline.blobs as blobs\n"
        "assert not {'obstore', 'botocore', 'urllib.request'} & set(sys.modules)\n"
        "blobs.open_blobs('s3://bucket', blobs.StoreOptions(access_key='a', secret_key='b'))\n"
        "assert 'obstore' in sys.modules and 'botocore' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=clean_environment(), check=True, timeout=60)
