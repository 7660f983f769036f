"""Which store holds the artifacts that a URI names, and where in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from trackline.blobs import BlobStore, MultipartUploads, Presigner, probe
from trackline.domain.artifact_paths import proxied_path
from trackline.domain.errors import NotServed

PROBE_SECONDS = 30.0  # longer than a store's own retries (blobs/objects.py), whose last error says what is wrong


class Place(NamedTuple):
    """A folder or file in a store; `path` is "" at its top."""

    store: BlobStore
    path: str

    def below(self, path: str) -> Place:
        return Place(self.store, "/".join(part for part in (self.path, path) if part))


class ArtifactPlaces:
    """The stores that this server may read and write for its clients.

    Nothing else is opened for them: an experiment may name any bucket as its place, and the keys here are the
    server's own.
    """

    def __init__(self, proxied: BlobStore | None, roots: Mapping[str, BlobStore]) -> None:
        self._proxied = proxied
        self._roots = {root.rstrip("/"): store for root, store in roots.items()}

    @property
    def proxied(self) -> BlobStore:
        """The store of what clients send through this server."""
        if self._proxied is None:
            raise NotServed("This server runs with --no-serve-artifacts; start it with --serve-artifacts.")
        return self._proxied

    @property
    def past_the_server(self) -> bool:
        """Whether what is sent through this server could be sent to its store directly."""
        # All stores that take multipart uploads sign URLs as well.
        return isinstance(self._proxied, MultipartUploads)

    async def tried(self) -> list[tuple[str, str | None]]:
        """Each object store by name, and what keeps it from being used. Folders were tried when they were opened."""
        opened = {"of --artifacts-destination": self._proxied, **self._roots}
        stores = {id(store): (name, store) for name, store in opened.items() if store is not None}
        found: list[tuple[str, str | None]] = []
        for name, store in stores.values():
            if not isinstance(store, Presigner):
                continue
            problems = [step.problem.message for step in await probe(store, PROBE_SECONDS) if step.problem]
            found.append((name, problems[0] if problems else None))
        return found

    def of(self, uri: str) -> Place:
        """Raises NotServed for a place that is not among the server's own."""
        path = proxied_path(uri)
        if path is not None:
            return Place(self.proxied, path)
        for root, store in self._roots.items():
            if uri == root or uri.startswith(f"{root}/"):
                return Place(store, uri[len(root) + 1 :])
        served = ", ".join(self._roots) or "mlflow-artifacts:/"
        raise NotServed(
            f"These artifacts are at {uri}, where clients read and write them without this server; it serves what lies "
            f"below {served}. Start it with --default-artifact-root to add a place."
        )
