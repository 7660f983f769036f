"""Signed URLs of S3 (AWS Signature Version 4 in the query), for requests that obstore cannot sign: those with a
query of their own.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit


class Keys(NamedTuple):
    access_key: str
    secret_key: str
    session_token: str = ""


class Request(NamedTuple):
    """What is to be allowed. `url` has no query and is percent-encoded; `headers` must be sent exactly so."""

    method: str
    url: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}


def signed_url(request: Request, keys: Keys, region: str, now: datetime, seconds: int) -> str:
    """A URL with which anybody may make the request from `now` (UTC) on, for `seconds`."""
    time = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/{region}/s3/aws4_request"
    parts = urlsplit(request.url)
    headers = {"host": parts.netloc} | {name.lower(): value.strip() for name, value in request.headers.items()}
    signed_headers = ";".join(sorted(headers))
    query = {
        **request.query,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{keys.access_key}/{scope}",
        "X-Amz-Date": time,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": signed_headers,
    }
    if keys.session_token:
        query["X-Amz-Security-Token"] = keys.session_token
    encoded = "&".join(sorted(f"{escape(name)}={escape(value)}" for name, value in query.items()))
    lines = [f"{name}:{headers[name]}" for name in sorted(headers)]
    canonical = "\n".join([request.method, parts.path or "/", encoded, *lines, "", signed_headers, "UNSIGNED-PAYLOAD"])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{keys.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{request.url}?{encoded}&X-Amz-Signature={signature}"


def escape(text: str, safe: str = "") -> str:
    return quote(text, safe=f"-_.~{safe}")
