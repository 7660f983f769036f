"""What can be said about an object store beside its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class StoreOptions:
    """Options of S3; the others find all but `hurried` in their own environment variables.

    Without keys, those that boto3 would find are used: of `profile` and ~/.aws where botocore is installed,
    else of the container, the instance or the web identity this runs under.
    """

    endpoint_url: str = ""  # "" is AWS
    region: str = ""
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    profile: str = ""
    addressing_style: Literal["auto", "path", "virtual"] = "auto"  # auto: virtual on AWS, path elsewhere
    ignore_tls: bool = False  # takes any certificate
    ca_bundle: str = ""  # a file of certificates to trust, in PEM
    upload_args: Mapping[str, Any] = field(default_factory=dict)  # as boto3's ExtraArgs: {"StorageClass": …}
    hurried: bool = False  # gives up within seconds: to find out whether the store works, not for work
