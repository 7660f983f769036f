"""What is to be said of every object that is stored: boto3's ExtraArgs, as far as obstore can say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from trackline.blobs.errors import WrongOption

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import S3Config

_ATTRIBUTES = {
    "CacheControl": "Cache-Control",
    "ContentDisposition": "Content-Disposition",
    "ContentEncoding": "Content-Encoding",
    "ContentLanguage": "Content-Language",
    "ContentType": "Content-Type",
    "StorageClass": "Storage-Class",
}
_CONFIG = {
    "BucketKeyEnabled": ("sse_bucket_key_enabled", "x-amz-server-side-encryption-bucket-key-enabled"),
    "RequestPayer": ("request_payer", "x-amz-request-payer"),
    "SSEKMSKeyId": ("sse_kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"),
    "ServerSideEncryption": ("server_side_encryption", "x-amz-server-side-encryption"),
}


class UploadArgs(NamedTuple):
    """The same twice: as obstore wants it in `attributes`, `tags` and `config`, and as `headers` of HTTP."""

    attributes: Attributes
    tags: dict[str, str]
    config: S3Config
    headers: dict[str, str]


def upload_args(given: Mapping[str, Any]) -> UploadArgs:
    """Raises WrongOption for those that mean nothing here or cannot be honoured."""
    args = UploadArgs({}, {}, {}, {})
    for name, value in given.items():
        if name in _ATTRIBUTES:
            header = _ATTRIBUTES[name]
            args.attributes[header] = str(value)
            args.headers["x-amz-storage-class" if name == "StorageClass" else header] = str(value)
        elif name in _CONFIG:
            key, header = _CONFIG[name]
            args.config[key] = value  # type: ignore[literal-required]
            args.headers[header] = str(value).lower() if isinstance(value, bool) else str(value)
        elif name == "Metadata" and isinstance(value, Mapping):
            args.attributes.update({str(key): str(text) for key, text in value.items()})
            args.headers.update({f"x-amz-meta-{key}".lower(): str(text) for key, text in value.items()})
        elif name == "Tagging":
            args.tags.update(parse_qsl(str(value)))
            args.headers["x-amz-tagging"] = str(value)
        else:
            offered = ", ".join(sorted([*_ATTRIBUTES, *_CONFIG, "Metadata", "Tagging"]))
            raise WrongOption(f"MLFLOW_S3_UPLOAD_EXTRA_ARGS has {name!r}, which is not offered; offered are {offered}.")
    return args
