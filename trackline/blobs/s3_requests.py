"""The few requests to S3 that obstore does not make: those that begin and end a multipart upload."""

from __future__ import annotations

import asyncio
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from trackline.blobs.errors import NotOffered, StoreUnavailable
from trackline.blobs.objects_errors import Explainer
from trackline.blobs.s3_keys import FindKeys, MissingKeys
from trackline.blobs.s3_signing import Request, signed_url

SECONDS = 60  # for an answer, and for which the signature is valid
CLOCK_SECONDS = 3  # for an answer that only has to say what time it is


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect means another region: urllib would go there with the wrong method and signature."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass(frozen=True)
class Requests:
    """Signs requests to one bucket, and sends them. `base` is the bucket's URL."""

    base: str
    region: str
    find_keys: FindKeys | None
    tls: ssl.SSLContext
    explainer: Explainer

    async def url(self, request: Request, seconds: int) -> str:
        """The URL for a request whose own `url` is the escaped key. Raises NotOffered."""
        if self.find_keys is None:
            raise NotOffered(
                "The server's keys come from a role, and only botocore hands them out for this: "
                'install it with pip install "trackline[aws]".'
            )
        try:
            keys = await self.find_keys()
        except MissingKeys as error:
            raise self.explainer.missing_keys() from error
        request = request._replace(url=f"{self.base}/{request.url}")
        return signed_url(request, keys, self.region, datetime.now(UTC), seconds)

    async def send(self, request: Request, body: bytes = b"") -> str:
        """The answer's body. Raises what the store's refusal means."""
        return await asyncio.to_thread(self.send_signed, request, await self.url(request, SECONDS), body)

    def clock(self) -> datetime:
        """What time the store takes it to be: whatever it answers to somebody without keys. Raises StoreUnavailable."""
        asked = urllib.request.Request(self.base, method="HEAD")  # noqa: S310 not a file:
        try:
            with self._opener().open(asked, timeout=CLOCK_SECONDS) as answer:
                said = answer.headers["Date"]
        except urllib.error.HTTPError as error:
            said = error.headers["Date"]
        except (OSError, HTTPException) as error:
            raise self.explainer.unreachable(str(error)) from error
        try:
            return parsedate_to_datetime(said)
        except (TypeError, ValueError):
            raise StoreUnavailable("The artifact store does not say what time it is.") from None

    def send_signed(self, request: Request, url: str, body: bytes) -> str:
        # Without a type of its own, urllib would say that the body is a form.
        headers = {"Content-Type": "application/octet-stream"} | dict(request.headers)
        sent = urllib.request.Request(url, data=body, headers=headers, method=request.method)  # noqa: S310 not a file:
        try:
            with self._opener().open(sent, timeout=SECONDS) as answer:
                text: str = answer.read().decode()
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")
            raise self.explainer.of_error(f"status {error.code}: {answer}", "", request.url) from error
        except (OSError, HTTPException) as error:
            raise self.explainer.unreachable(str(error)) from error
        if "<Error>" in text:  # completing takes long, so S3 answers 200 before it knows
            raise self.explainer.of_error(text, "", request.url)
        return text

    def _opener(self) -> urllib.request.OpenerDirector:
        return urllib.request.build_opener(urllib.request.HTTPSHandler(context=self.tls), _NoRedirect)
