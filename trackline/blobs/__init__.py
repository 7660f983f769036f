"""Bytes by path, in the folder or object store that was chosen for them."""

from trackline.blobs.open import create_bucket, open_blobs
from trackline.blobs.options import StoreOptions
from trackline.blobs.probe import Step, probe
from trackline.blobs.store import Blob, BlobStore, Entry, MultipartUploads, Presigner, SignedUrl, Span, Stat

__all__ = [
    "Blob",
    "BlobStore",
    "Entry",
    "MultipartUploads",
    "Presigner",
    "SignedUrl",
    "Span",
    "Stat",
    "Step",
    "StoreOptions",
    "create_bucket",
    "open_blobs",
    "probe",
]
