"""From what an object store, or obstore in its name, complains of to an exception whose sentence says what to mend.

obstore hands on the store's answer as text; the code in it, such as `<Code>NoSuchBucket</Code>`, is what the
stores have agreed on. What went wrong below HTTP stands in the text as the names of reqwest's and rustls' errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import NamedTuple

from trackline.blobs.errors import (
    BadName,
    BadParts,
    BlobError,
    NoConnection,
    NoRoom,
    NoSuchBlob,
    NoSuchBucket,
    NoSuchUpload,
    StoreFailed,
    StoreUnavailable,
)

_CODE = re.compile(r"<Code>([A-Za-z0-9]+)</Code>")
_REGION = re.compile(r"<Region>([a-z0-9-]+)</Region>|expecting '([a-z0-9-]+)'")
_STATUS = re.compile(r"\bstatus(?: code)?:? (\d{3})\b")
# Where AWS, Google and Azure keep the keys of a machine's role: asked last, when there are no others.
_ROLE = re.compile(r"/latest/(api/token|meta-data/iam)|/computeMetadata/v1/|/metadata/identity/oauth2")
_MISSING = ("NoSuchKey", "BlobNotFound", "NoSuchVersion")


class RangeRefused(StoreFailed):
    """None of the wanted bytes are in the file."""


class Advice(NamedTuple):
    """What a complaint means. `sentence` continues "The artifact store s3://… "."""

    error: type[BlobError]
    sentence: str


class Place(NamedTuple):
    """The store as people know it, and the settings that lead to it."""

    name: str  # s3://bucket at http://…
    bucket: str
    endpoint_setting: str
    ca_setting: str
    keys_advice: str  # what to do where no keys are found
    advice: Mapping[str, Advice]  # by the store's code


_BUSY = Advice(StoreUnavailable, "is too busy at the moment ({code}); try again later.")
_FULL = Advice(NoRoom, "has no room left ({code}): raise its quota or delete something.")
_SKEWED = Advice(StoreFailed, "and this machine do not agree on the time: set this machine's clock (NTP).")
_NO_RIGHT = Advice(
    StoreFailed,
    "does not allow that to the server's keys ({code}): give them the rights to list the bucket and to get, put and "
    "delete objects in it.",
)
_TOKEN = Advice(StoreFailed, "does not take the session token ({code}): set a new one (AWS_SESSION_TOKEN) or none.")
_REGION_ELSEWHERE = Advice(
    StoreFailed, "keeps the bucket {bucket} in another region{region}: set AWS_DEFAULT_REGION to the bucket's region."
)
_TOO_LONG = Advice(BadName, "does not take names this long.")
_NO_UPLOAD = Advice(NoSuchUpload, "knows no such multipart upload: it was completed or aborted before.")
_BAD_PARTS = Advice(BadParts, "cannot make a file of these parts ({code}).")
_OUT_OF_RANGE = Advice(RangeRefused, "has no such bytes of the file.")
_DAMAGED = Advice(StoreUnavailable, "received other bytes than were sent ({code}); try again.")

S3_ADVICE = {
    "InvalidAccessKeyId": Advice(StoreFailed, "does not know the access key id: correct AWS_ACCESS_KEY_ID."),
    "SignatureDoesNotMatch": Advice(
        StoreFailed, "refuses the signature, so the secret key is wrong: correct AWS_SECRET_ACCESS_KEY."
    ),
    "AccessDenied": _NO_RIGHT,
    "AllAccessDisabled": _NO_RIGHT,
    "ExpiredToken": _TOKEN,
    "InvalidToken": _TOKEN,
    "RequestTimeTooSkewed": _SKEWED,
    "NoSuchBucket": Advice(
        NoSuchBucket,
        "has no bucket {bucket}: correct the name, or make the bucket with `trackline artifacts create-bucket`.",
    ),
    "InvalidBucketName": Advice(StoreFailed, "takes no bucket of the name {bucket}: correct it in the destination."),
    "AuthorizationHeaderMalformed": _REGION_ELSEWHERE,
    "IllegalLocationConstraintException": _REGION_ELSEWHERE,
    "PermanentRedirect": _REGION_ELSEWHERE,
    "BucketAlreadyExists": Advice(
        StoreFailed, "has a bucket {bucket} already, which belongs to somebody else: choose another name."
    ),
    "InvalidRange": _OUT_OF_RANGE,
    "KeyTooLongError": _TOO_LONG,
    "KeyTooLong": _TOO_LONG,
    "EntityTooLarge": Advice(NoRoom, "does not take files as large as this one."),
    "QuotaExceeded": _FULL,
    "InsufficientCapacity": _FULL,
    "XMinioStorageFull": _FULL,
    "BadDigest": _DAMAGED,
    "XAmzContentSHA256Mismatch": _DAMAGED,
    "SlowDown": _BUSY,
    "ServiceUnavailable": _BUSY,
    "RequestTimeout": _BUSY,
    "InternalError": _BUSY,
    "OperationAborted": _BUSY,
    "NoSuchUpload": _NO_UPLOAD,
    "InvalidPart": _BAD_PARTS,
    "InvalidPartOrder": _BAD_PARTS,
    "EntityTooSmall": _BAD_PARTS,
    "MalformedXML": _BAD_PARTS,
}

GCS_ADVICE = {
    "AccessDenied": _NO_RIGHT,
    "InvalidSecurity": _NO_RIGHT,
    "AuthenticationRequired": _NO_RIGHT,
    "NoSuchBucket": Advice(NoSuchBucket, "has no bucket {bucket}: correct the name, or make the bucket."),
    "InvalidBucketName": S3_ADVICE["InvalidBucketName"],
    "SlowDown": _BUSY,
}

AZURE_ADVICE = {
    "AuthenticationFailed": Advice(
        StoreFailed,
        "does not take the key: correct AZURE_STORAGE_ACCESS_KEY, and this machine's clock if that is wrong.",
    ),
    "AuthorizationFailure": Advice(
        StoreFailed, "refuses the key or its rights: correct AZURE_STORAGE_ACCESS_KEY, or give it the rights to write."
    ),
    "AuthorizationPermissionMismatch": _NO_RIGHT,
    "ContainerNotFound": Advice(NoSuchBucket, "has no container {bucket}: correct the name, or make the container."),
    "ServerBusy": _BUSY,
    "OperationTimedOut": _BUSY,
}

# In the order in which they are looked for.
_BELOW_HTTP = (
    (
        "InvalidContentType",
        Advice(NoConnection, "answers without TLS: begin the address in {endpoint_setting} with http://."),
    ),
    (
        "InvalidCertificate",
        Advice(
            NoConnection, "shows a certificate that is not trusted{certificate}: name its CA's file in {ca_setting}."
        ),
    ),
    (
        "dns error",
        Advice(
            StoreUnavailable, "cannot be found, its host name is unknown: check {endpoint_setting} and the network."
        ),
    ),
    (
        "ConnectionRefused",
        Advice(StoreUnavailable, "does not answer, nothing listens there: start it, or correct {endpoint_setting}."),
    ),
    (
        "Unreachable",
        Advice(StoreUnavailable, "cannot be reached over the network: check {endpoint_setting} and the network."),
    ),
    (
        "IncompleteMessage",
        Advice(
            StoreUnavailable,
            "breaks the connection off; try again, and if that stays so, it may want https:// in {endpoint_setting}.",
        ),
    ),
    ("ConnectionReset", Advice(StoreUnavailable, "breaks the connection off; try again later.")),
    ("IncompleteBody", Advice(StoreUnavailable, "breaks the connection off; try again later.")),
    ("BrokenPipe", Advice(StoreUnavailable, "breaks the connection off; try again later.")),
    ("TimedOut", Advice(StoreUnavailable, "does not answer in time; try again later, or check {endpoint_setting}.")),
    ("timed out", Advice(StoreUnavailable, "does not answer in time; try again later, or check {endpoint_setting}.")),
    ("incorrectly configured region", _REGION_ELSEWHERE),
    ("StartTooLarge", _OUT_OF_RANGE),
    ("ParseContentRange", _OUT_OF_RANGE),  # Azure's emulator has ranges of nothing: bytes 0--1/0
)


class Explainer:
    """The exceptions of blobs for those of one store."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @contextmanager
    def explained(self, path: str) -> Iterator[None]:
        """Whatever of obstore's is raised inside comes out as a BlobError; `path` is the file it is about."""
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            raise self.of_text(str(error), path) or no_such_blob(path) from error
        except BaseError as error:
            raise self.of_error(str(error), type(error).__name__, path) from error

    def missing_keys(self) -> BlobError:
        return StoreFailed(
            f"The artifact store {self._place.name} cannot be used without keys: {self._place.keys_advice}."
        )

    def unreachable(self, reason: str) -> BlobError:
        return StoreUnavailable(f"The artifact store {self._place.name} cannot be reached: {reason}.")

    def of_error(self, text: str, kind: str, path: str) -> BlobError:
        if kind == "UnauthenticatedError" or _ROLE.search(text):
            return self.missing_keys()
        found = self.of_text(text, path)
        if found is not None:
            return found
        if any(f"<Code>{code}</Code>" in text for code in _MISSING):
            return no_such_blob(path)
        if kind == "PermissionDeniedError":
            return self._say(_NO_RIGHT, "403", text)
        first = text.partition("\n")[0]
        return StoreFailed(f"The artifact store {self._place.name} fails on '{path}': {first}")

    def of_text(self, text: str, path: str) -> BlobError | None:
        """None where nothing in the store's answer says what it is about, or it is the file that is not there."""
        code = _CODE.search(text)
        if code is not None and code[1] in _MISSING:
            return None
        if code is not None and code[1] in self._place.advice:
            return self._say(self._place.advice[code[1]], code[1], text)
        for fragment, advice in _BELOW_HTTP:
            if fragment in text:
                return self._say(advice, fragment, text)
        status = _STATUS.search(text)
        if status is not None and (status[1] == "429" or status[1] in {"500", "502", "503", "504"}):
            return self._say(_BUSY, status[1], text)
        if status is not None and status[1] in {"416", "507"}:
            return self._say(_OUT_OF_RANGE if status[1] == "416" else _FULL, status[1], text)
        if code is not None:
            answer = unescape(_message(text)) or code[1]
            return StoreFailed(f"The artifact store {self._place.name} fails on '{path}': {answer} ({code[1]}).")
        return None

    def _say(self, advice: Advice, code: str, text: str) -> BlobError:
        region = _REGION.search(text)
        sentence = advice.sentence.format(
            code=code,
            bucket=self._place.bucket,
            endpoint_setting=self._place.endpoint_setting,
            ca_setting=self._place.ca_setting,
            region=f" ({region[1] or region[2]})" if region else "",
            certificate=" (expired)" if "Expired" in text else "",
        )
        return advice.error(f"The artifact store {self._place.name} {sentence}")


def no_such_blob(path: str) -> NoSuchBlob:
    return NoSuchBlob(f"No such artifact: '{path}'")


def _message(text: str) -> str:
    found = re.search(r"<Message>([^<]*)</Message>", text)
    return found[1].strip() if found else ""
