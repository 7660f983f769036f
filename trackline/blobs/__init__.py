"""Bytes by path, in the folder or object store that was chosen for them."""

from trackline.blobs.open import open_blobs
from trackline.blobs.store import Blob, BlobStore, Entry, Span

__all__ = ["Blob", "BlobStore", "Entry", "Span", "open_blobs"]
