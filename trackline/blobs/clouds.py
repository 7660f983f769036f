"""Artifacts in a bucket of Google Cloud Storage or a container of Azure.

Keys and everything else are found by obstore, in the variables and files of Google's and Azure's own tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from trackline.blobs.errors import NotOffered, WrongOption
from trackline.blobs.objects import ObjectStore
from trackline.blobs.objects_errors import AZURE_ADVICE, GCS_ADVICE, Explainer, Place
from trackline.blobs.patience import Patience
from trackline.blobs.store import SignedUrl

if TYPE_CHECKING:
    from obstore.store import ClientConfig


def open_gcs(bucket: str, prefix: str, patience: Patience) -> ObjectStore:
    from obstore.exceptions import BaseError
    from obstore.store import GCSStore

    place = Place(
        f"gs://{bucket}",
        bucket,
        "the network's proxy settings",
        "the system's certificates",
        "set GOOGLE_APPLICATION_CREDENTIALS, or give this machine a service account",
        GCS_ADVICE,
    )
    try:
        store = GCSStore(bucket, prefix=prefix or None, client_options=_client(patience), retry_config=patience.retries)
    except (BaseError, OSError, ValueError) as error:
        raise WrongOption(f"Google Cloud Storage cannot be used with these settings: {_reason(error)}.") from error
    return ObjectStore(store, Explainer(place))


class AzureBlobs(ObjectStore):
    upload_headers = {"x-ms-blob-type": "BlockBlob"}  # noqa: RUF012 never changed
    refused_letters = ObjectStore.refused_letters | {"\\"}  # which Azure takes for a slash

    async def download_url(self, path: str, seconds: int, disposition: str = "") -> str:
        _check_signing(path)
        return await super().download_url(path, seconds, disposition)

    async def upload_url(self, path: str, seconds: int, content_type: str = "") -> SignedUrl:
        _check_signing(path)
        return await super().upload_url(path, seconds, content_type)


def _check_signing(path: str) -> None:
    """obstore 0.12 signs the escaped name, where Azure signs the plain one."""
    if quote(path, safe="/-_.~") != path:
        raise NotOffered(f"Azure's URLs can be signed only for plain names, not '{path}'.")


def open_azure(container: str, account: str, prefix: str, patience: Patience) -> ObjectStore:
    from obstore.exceptions import BaseError
    from obstore.store import AzureStore

    place = Place(
        f"the container {container} of {account}",
        container,
        "AZURE_STORAGE_ENDPOINT",
        "the system's certificates",
        "set AZURE_STORAGE_ACCESS_KEY, or give this machine a managed identity",
        AZURE_ADVICE,
    )
    try:
        store = AzureStore(
            container,
            prefix=prefix or None,
            account_name=account,
            client_options=_client(patience),
            retry_config=patience.retries,
        )
    except (BaseError, OSError, ValueError) as error:
        raise WrongOption(f"Azure cannot be used with these settings: {_reason(error)}.") from error
    return AzureBlobs(store, Explainer(place))


def _client(patience: Patience) -> ClientConfig:
    return {**patience.client, "allow_http": True}  # happens only where an address of one's own says http://


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0]
