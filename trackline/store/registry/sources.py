"""Where a new version comes from: its source, traced to what this server knows."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.access import SERVER, Demand, Permission, Resource
from trackline.domain.artifact_paths import PROXY_SCHEME, below, model_artifact_uri, proxied_path
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.model_sources import (
    AtLocation,
    OfLoggedModel,
    OfRun,
    OfVersion,
    check_prompt_source,
    elsewhere,
    is_below,
    is_local,
    parse_source,
)
from trackline.store.access.permissions import require, require_read
from trackline.store.moved import find_moved
from trackline.store.registry.lookup import find_model, find_version, named_number
from trackline.store.runs import artifact_uri_of_run


class Claim(NamedTuple):
    """What a client says of the origin of a version; "" is nothing."""

    source: str
    run_id: str
    model_id: str


class Origin(NamedTuple):
    """`location`: where the files are, `runs:/…` where the client named them so. `run_id` is "" for no run."""

    source: str
    location: str
    run_id: str
    model_id: str | None


class _LoggedModel(NamedTuple):
    run_id: str
    location: str


def prompt_origin(claim: Claim) -> Origin:
    """A prompt has no files; it stands in its tags."""
    check_prompt_source(claim.source)
    return Origin(claim.source, claim.source, claim.run_id, None)


def trace_source(tx: Transaction, claim: Claim, artifact_root: str) -> Origin:
    """Raises InvalidParameter for a source that may not be registered, NotFound for a version that does not exist, and
    NotAllowed for what the one who asks may not read: whoever reads the model reads its files.
    """
    match parse_source(claim.source):
        case OfVersion() as named:
            return _copy(tx, claim, named)
        case OfLoggedModel(model_id):
            if claim.model_id not in ("", model_id):
                raise elsewhere(claim.source)
            model = _logged_model(tx, claim, model_id)
            return Origin(claim.source, model.location, claim.run_id or model.run_id, model_id)
        case OfRun(run_id):
            if claim.model_id or claim.run_id not in ("", run_id):
                raise elsewhere(claim.source)
            _run_location(tx, claim, run_id)
            return Origin(claim.source, claim.source, run_id, None)
        case AtLocation(uri):
            return _located(tx, claim, uri, artifact_root)


def _located(tx: Transaction, claim: Claim, uri: str, artifact_root: str) -> Origin:
    if claim.model_id:
        model = _logged_model(tx, claim, claim.model_id)
        known, run_id = is_below(uri, model.location), claim.run_id or model.run_id
    elif claim.run_id:
        known, run_id = is_below(uri, _run_location(tx, claim, claim.run_id)), claim.run_id
    else:
        # What lies on the server's own disk must be a run's or a model's, whose places it has chosen itself.
        known, run_id = not is_local(uri) and _is_ours(tx, uri, artifact_root), ""
    if not known:
        raise elsewhere(claim.source)
    return Origin(claim.source, uri, run_id, claim.model_id or None)


def _is_ours(tx: Transaction, uri: str, artifact_root: str) -> bool:
    """Whether it lies below the server's artifact root, or below the artifacts of an experiment."""
    rows = tx.rows(
        "SELECT id, artifact_location FROM experiments "
        "WHERE artifact_location = substr(:uri, 1, length(artifact_location))",
        {"uri": uri},
    )
    above = [str(number) for number, location in rows if is_below(uri, location)]
    moved = [str(one.experiment) for one in find_moved(tx, uri.split("/")) if is_below(uri, below(*one[:2]))]
    above = moved or above
    if not (above or is_below(uri, artifact_root)):
        return False
    if uri.startswith(f"{PROXY_SCHEME}:"):
        require_read(tx, "proxied_path", proxied_path(uri) or "/")
    else:
        resources = tuple(Resource("experiment", number) for number in above)
        require(tx, Demand(Permission.READ, resources) if resources else Demand(Permission.MANAGE, (SERVER,)))
    return True


def _copy(tx: Transaction, claim: Claim, named: OfVersion) -> Origin:
    require_read(tx, "registered_model", named.name)
    model = find_model(tx, named.name)
    if model.is_prompt:
        raise InvalidParameter(
            f"Invalid model version source: '{claim.source}'. Prompt versions cannot be used as model version sources."
        )
    version = find_version(tx, model.name, named_number(tx, model, named))
    location, run_id, model_id = tx.rows(
        "SELECT location, run_uuid, logged_model_id FROM model_versions WHERE id = :id", {"id": version.id}
    )[0]
    if claim.run_id not in ("", run_id) or claim.model_id not in ("", model_id):
        raise InvalidParameter(
            f"Invalid model version source: '{claim.source}'. The run_id and model_id request parameters must match "
            "the referenced model version."
        )
    return Origin(f"models:/{model.name}/{version.number}", location, run_id, model_id)


def _run_location(tx: Transaction, claim: Claim, run_id: str) -> str:
    require_read(tx, "run", run_id)
    try:
        return artifact_uri_of_run(tx, run_id)
    except NotFound:
        raise elsewhere(claim.source) from None


def _logged_model(tx: Transaction, claim: Claim, model_id: str) -> _LoggedModel:
    require_read(tx, "logged_model", model_id)
    row = tx.row(
        "SELECT m.source_run_id, coalesce(m.artifact_location, e.artifact_location) "
        "FROM logged_models m JOIN experiments e ON e.id = m.experiment_id "
        "WHERE m.model_id = :id AND m.lifecycle = 'active'",
        {"id": model_id},
    )
    if row is None:
        raise elsewhere(claim.source)
    return _LoggedModel(row[0] or "", model_artifact_uri(row[1], model_id))
