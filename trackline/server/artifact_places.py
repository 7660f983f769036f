"""Which store holds the artifacts that a URI names, and where in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from trackline.blobs import BlobStore, MultipartUploads
from trackline.db.database import Database
from trackline.domain.artifact_paths import PROXY_SCHEME, proxied_path
from trackline.domain.errors import InvalidParameter, NotServed
from trackline.domain.registry import version_number
from trackline.store.logged_models import artifact_uri_of_model
from trackline.store.registry.versions import artifact_uri_of_version
from trackline.store.runs import artifact_uri_of_run


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
    def stores(self) -> dict[str, BlobStore]:
        """By the place that clients name."""
        proxied = {} if self._proxied is None else {f"{PROXY_SCHEME}:/": self._proxied}
        return proxied | self._roots

    @property
    def past_the_server(self) -> bool:
        """Whether what is sent through this server could be sent to its store directly."""
        # All stores that take multipart uploads sign URLs as well.
        return isinstance(self._proxied, MultipartUploads)

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

    def find(self, uri: str) -> Place | None:
        """As `of`; None for a place that is not among the server's own."""
        try:
            return self.of(uri)
        except (NotServed, InvalidParameter):
            return None


async def artifact_uri_of_owner(database: Database, run_id: str | None, model_id: str | None) -> str:
    """Where the artifacts of the run or of the logged model lie, whichever is named."""
    if run_id and not model_id:
        return await database.read(artifact_uri_of_run, run_id)
    if model_id and not run_id:
        return await database.read(artifact_uri_of_model, model_id)
    raise InvalidParameter("Exactly one of run_id and model_id must be provided.")


async def artifact_uri_of_query(database: Database, query: Mapping[str, str]) -> str:
    """Where the artifacts lie of the owner that a query names: `run_id`, `model_id`, or `name` and `version`."""
    run_id, model_id, name = query.get("run_id"), query.get("model_id"), query.get("name")
    if name and not run_id and not model_id:
        return await database.read(artifact_uri_of_version, name, version_number(query.get("version", "")))
    return await artifact_uri_of_owner(database, run_id, model_id)
