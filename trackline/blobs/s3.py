"""Artifacts in a bucket of S3: of AWS, or of one of the many servers that speak its language."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax import saxutils

from trackline.blobs.errors import NoSuchBlob, NoSuchBucket, NoSuchUpload, StoreUnavailable, WrongOption
from trackline.blobs.objects import ObjectStore, sign
from trackline.blobs.objects_errors import S3_ADVICE, Explainer, Place
from trackline.blobs.options import StoreOptions
from trackline.blobs.patience import how_patient
from trackline.blobs.s3_keys import FindKeys, keys_and_region
from trackline.blobs.s3_requests import SECONDS, Requests
from trackline.blobs.s3_signing import Request, escape
from trackline.blobs.s3_upload_args import upload_args
from trackline.blobs.store import SignedUrl

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config, S3Credential, S3CredentialProvider
    from obstore.store import S3Store as Bucket

DEFAULT_REGION = "us-east-1"
KEYS_LAST = timedelta(minutes=5)  # until botocore is asked again, which renews them in time
KEYS_ADVICE = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine or container a role; profiles in ~/.aws "
    'are read where botocore is installed, as by pip install "trackline[aws]"'
)


class S3Store(ObjectStore):
    """A `BlobStore`, `Presigner` and `MultipartUploads`."""

    def __init__(self, bucket: str, prefix: str, options: StoreOptions) -> None:
        """Raises WrongOption. Nothing is asked of the store."""
        args = upload_args(options.upload_args)
        find_keys, region = keys_and_region(options)
        region = region or DEFAULT_REGION
        endpoint, virtual = _endpoint(bucket, region, options)
        provider = _provider(options, find_keys)
        tls = _tls(options)
        client = _client(options, endpoint)
        config = _config(options, region, endpoint) | args.config
        config["virtual_hosted_style_request"] = virtual

        def opened(prefix: str, *, bulk_delete: bool = True) -> Bucket:
            from obstore.exceptions import BaseError
            from obstore.store import S3Store as Bucket

            try:
                return Bucket(
                    bucket,
                    prefix=prefix or None,
                    config=config | {"disable_bulk_delete": not bulk_delete},
                    client_options=client,
                    retry_config=how_patient(options.hurried).retries,
                    credential_provider=provider,
                )
            except (BaseError, ValueError) as error:
                reason = str(error).partition("\n")[0]
                raise WrongOption(f"S3 cannot be used with these settings: {reason}.") from error

        explainer = Explainer(_place(bucket, options))
        super().__init__(opened(prefix), explainer, lambda: opened(prefix, bulk_delete=False))
        self._attributes, self._tags = args.attributes, args.tags
        base = endpoint if virtual else f"{endpoint}/{bucket}"
        self._requests = Requests(base, region, find_keys, tls, explainer)
        self._upload_headers = args.headers
        self._prefix = f"{prefix}/" if prefix else ""
        self._whole_bucket = partial(opened, "")
        self._on_aws = not options.endpoint_url

    async def download_url(self, path: str, seconds: int, disposition: str = "") -> str:
        if self._requests.find_keys is None:
            return await super().download_url(path, seconds)
        query = {"response-content-disposition": disposition} if disposition else {}
        return await self._requests.url(Request("GET", self._key(path), query), seconds)

    async def upload_url(self, path: str, seconds: int, content_type: str = "") -> SignedUrl:
        if self._requests.find_keys is None:
            return await super().upload_url(path, seconds, content_type)
        headers = self._headers(content_type)
        url = await self._requests.url(Request("PUT", self._key(path), headers=headers), seconds)
        return SignedUrl(url, headers)

    async def begin(self, path: str) -> str:
        request = Request("POST", self._key(path), {"uploads": ""}, self._headers(""))
        answer = await self._requests.send(request)
        found = re.search(r"<UploadId>([^<]+)</UploadId>", answer)
        if found is None:
            raise self._requests.explainer.of_error(answer, "", path)
        return saxutils.unescape(found[1])

    async def part_urls(self, path: str, upload_id: str, count: int, seconds: int) -> list[str]:
        key = self._key(path)
        queries = [{"partNumber": str(number), "uploadId": upload_id} for number in range(1, count + 1)]
        return [await self._requests.url(Request("PUT", key, query), seconds) for query in queries]

    async def complete(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        listed = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{saxutils.escape(etag)}</ETag></Part>"
            for number, etag in parts
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        key, query = self._key(path), {"uploadId": upload_id}
        try:
            await self._requests.send(Request("POST", key, query), body)
        except StoreUnavailable:  # so Ceph says also of an upload that it does not know
            await self._check_upload(key, query)
            raise

    async def abort(self, path: str, upload_id: str) -> None:
        try:
            await self._requests.send(Request("DELETE", self._key(path), {"uploadId": upload_id}))
        except NoSuchUpload:
            return

    async def create_bucket(self) -> bool:
        """False if there is such a bucket and it can be used. Raises what hinders it."""
        try:
            await self.entries("")
        except NoSuchBucket:
            pass
        else:
            return False
        region, body = self._requests.region, b""
        if self._on_aws and region != DEFAULT_REGION:
            body = (
                "<CreateBucketConfiguration>"
                f"<LocationConstraint>{region}</LocationConstraint>"
                "</CreateBucketConfiguration>"
            ).encode()
        with self._explainer.explained(""):
            url = await sign(self._whole_bucket(), "PUT", "", SECONDS)
        await asyncio.to_thread(self._requests.send_signed, Request("PUT", ""), url, body)
        return True

    async def clock(self) -> datetime:
        """What time the store takes it to be; it refuses what is signed 15 minutes off. Raises StoreUnavailable."""
        return await asyncio.to_thread(self._requests.clock)

    async def _check_upload(self, key: str, query: dict[str, str]) -> None:
        try:
            await self._requests.send(Request("GET", key, query))
        except NoSuchBlob as error:
            raise NoSuchUpload("There is no such multipart upload: it was completed or aborted before.") from error

    def _key(self, path: str) -> str:
        self._check(path)
        return escape(self._prefix + path, "/")

    def _headers(self, content_type: str) -> dict[str, str]:
        return ({"Content-Type": content_type} if content_type else {}) | self._upload_headers


def _config(options: StoreOptions, region: str, endpoint: str) -> S3Config:
    # Under its general name, the endpoint would be overruled by AWS_ENDPOINT_URL_S3, which obstore reads itself.
    config: S3Config = {"region": region, "aws_endpoint_url_s3": endpoint}
    if options.access_key:
        config["access_key_id"] = options.access_key
        config["secret_access_key"] = options.secret_key
        if options.session_token:
            config["session_token"] = options.session_token
    return config


def _provider(options: StoreOptions, find_keys: FindKeys | None) -> S3CredentialProvider | None:
    if options.access_key or find_keys is None:
        return None

    async def provide() -> S3Credential:
        keys = await find_keys()
        return {
            "access_key_id": keys.access_key,
            "secret_access_key": keys.secret_key,
            "token": keys.session_token or None,
            "expires_at": datetime.now(UTC) + KEYS_LAST,
        }

    return provide


def _endpoint(bucket: str, region: str, options: StoreOptions) -> tuple[str, bool]:
    """The URL below which the bucket's objects are, and whether its host names the bucket."""
    given = options.endpoint_url.rstrip("/")
    if given and not re.match(r"https?://[^/]", given):
        raise WrongOption(f"MLFLOW_S3_ENDPOINT_URL is {given!r}; it has to begin with http:// or https://.")
    endpoint = given or f"https://s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    virtual = options.addressing_style == "virtual"
    if options.addressing_style == "auto":
        virtual = not given and "." not in bucket  # no certificate covers a name with a dot in it
    if virtual:
        scheme, _, host = endpoint.partition("://")
        endpoint = f"{scheme}://{bucket}.{host}"
    return endpoint, virtual


def _client(options: StoreOptions, endpoint: str) -> ClientConfig:
    client: ClientConfig = {
        **how_patient(options.hurried).client,
        "allow_http": endpoint.startswith("http://"),
        "allow_invalid_certificates": options.ignore_tls,
    }
    if options.ca_bundle:
        client["root_certificate"] = Path(options.ca_bundle).read_bytes()
    return client


def _tls(options: StoreOptions) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.ca_bundle or None)
    except (OSError, ssl.SSLError) as error:
        raise WrongOption(f"The certificates in AWS_CA_BUNDLE cannot be used: {error}.") from error
    if options.ignore_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _place(bucket: str, options: StoreOptions) -> Place:
    name = f"s3://{bucket}" + (f" at {options.endpoint_url}" if options.endpoint_url else "")
    setting = "MLFLOW_S3_ENDPOINT_URL" if options.endpoint_url else "AWS_DEFAULT_REGION"
    return Place(name, bucket, setting, "AWS_CA_BUNDLE", KEYS_ADVICE, S3_ADVICE)
