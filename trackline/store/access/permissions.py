"""What the one who asks may do, and what they see of lists."""

from __future__ import annotations

from typing import Any, NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.access import Demand, Identity, Kind, Named, Permission, Resource, folded
from trackline.domain.artifact_paths import PROXY_SCHEME, proxied_path
from trackline.domain.errors import NotAllowed
from trackline.domain.limits import experiment_number
from trackline.store.access.identities import asker
from trackline.store.moved import find_moved, left_behind


class Thing(NamedTuple):
    """An experiment or a registered model; `number`: its number in the store, in SQL over `:id`."""

    kind: Kind
    number: str


class Table(NamedTuple):
    """Of things that lie in an experiment; `id` is the column with what they are called."""

    name: str
    id: str


class Seen(NamedTuple):
    """A condition that is true of what the one who asks may read, and the values in it."""

    condition: str
    values: dict[str, Any]


COLUMNS: dict[Kind, str] = {"experiment": "experiment_id", "registered_model": "model_id"}
THINGS: dict[Named, Thing] = {
    "experiment": Thing("experiment", ":id"),
    "experiment_name": Thing("experiment", "(SELECT id FROM experiments WHERE name = :id)"),
    "run": Thing("experiment", "(SELECT experiment_id FROM runs WHERE uuid = :id)"),
    "logged_model": Thing("experiment", "(SELECT experiment_id FROM logged_models WHERE model_id = :id)"),
    "registered_model": Thing("registered_model", "(SELECT id FROM registered_models WHERE name = :id)"),
}
_INSIDE: dict[Named, Table] = {"run": Table("runs", "uuid"), "logged_model": Table("logged_models", "model_id")}
_NAMES: dict[Named, str] = {
    "experiment": "experiment {}",
    "experiment_name": "the experiment '{}'",
    "run": "the experiment of run {}",
    "logged_model": "the experiment of logged model {}",
    "registered_model": "the registered model '{}'",
    "proxied_path": "the experiment to which the artifacts at '{}' belong",
    "user": "the user '{}'",
    "server": "this server",
}
_TO_ME = "(g.user_id = :asker OR g.role_id IN (SELECT role_id FROM role_members WHERE user_id = :asker))"
_ALL = "g.experiment_id IS NULL AND g.model_id IS NULL"


def require(tx: Transaction, demand: Demand) -> None:
    """Raises NotAllowed where the one who asks lacks the permission on one of the resources."""
    identity = asker(tx)
    if identity.sees_all and demand.permission <= identity.most:
        return
    for resource in _few(tx, list(dict.fromkeys(demand.resources))):
        if permission_on(tx, identity, resource) < demand.permission:
            raise NotAllowed(_refusal(identity, demand.permission, resource))


def may_read(tx: Transaction, named: Named, given: str) -> bool:
    identity = asker(tx)
    return identity.sees_all or permission_on(tx, identity, Resource(named, given)) >= Permission.READ


def require_read(tx: Transaction, named: Named, given: str) -> None:
    """Raises NotAllowed."""
    require(tx, Demand(Permission.READ, (Resource(named, given),)))


def permission_on(tx: Transaction, identity: Identity, resource: Resource) -> Permission:
    """What does not exist has the permission that something has of which nothing is said."""
    return min(_permission(tx, identity, resource), identity.most)


def seen(tx: Transaction, kind: Kind, column: str) -> Seen:
    """Of rows whose `column` is the number of an experiment or a registered model, those that may be read."""
    identity = asker(tx)
    if identity.sees_all:
        return Seen("TRUE", {})
    of_kind = f"g.kind = :seen_{kind} AND {_TO_ME}"
    values: dict[str, Any] = {"asker": identity.user_id, f"seen_{kind}": kind}
    named = COLUMNS[kind]
    each = f"SELECT g.{named} FROM grants g WHERE {of_kind} AND g.{named} IS NOT NULL GROUP BY g.{named}"
    conditions = []
    if not identity.is_admin:
        for_all = tx.rows(f"SELECT g.permission FROM grants g WHERE {of_kind} AND {_ALL}", values)
        if folded([permission for (permission,) in for_all], identity.default) >= Permission.READ:
            conditions.append(f"{column} NOT IN ({each} HAVING min(g.permission) = 0)")
        elif for_all:  # nothing at all of this kind
            conditions.append("FALSE")
        else:
            conditions.append(f"{column} IN ({each} HAVING min(g.permission) > 0)")
    if identity.token_id is not None:
        values["asker_token"] = identity.token_id
        conditions.append(
            f"{column} IN (SELECT {named} FROM token_limits WHERE token_id = :asker_token AND {named} IS NOT NULL)"
        )
    return Seen(f"({' AND '.join(conditions)})", values)


def _few(tx: Transaction, resources: list[Resource]) -> list[Resource]:
    """One of the runs of each experiment, one of its logged models: what the others have as well."""
    kept = [one for one in resources if one.named not in _INSIDE]
    for named, table in _INSIDE.items():
        inside = [one for one in resources if one.named == named]
        if len(inside) > 1:
            column = table.id
            rows = tx.rows(
                f"SELECT {column}, experiment_id FROM {table.name} WHERE {tx.dialect.among(column, 'ids')}",
                {"ids": [one.id for one in inside]},
            )
            experiments = dict(rows)
            inside = list({experiments.get(one.id): one for one in inside}.values())
        kept += inside
    return kept


def _permission(tx: Transaction, identity: Identity, resource: Resource) -> Permission:
    match resource.named:
        case "server":
            return _on_server(identity)
        case "user":
            is_own = identity.is_admin or identity.name == resource.id
            return Permission.MANAGE if is_own and identity.token_id is None else Permission.NO_PERMISSIONS
        case "proxied_path":
            return _on_artifacts(tx, identity, resource.id)
    thing = THINGS[resource.named]
    value: Any = experiment_number(resource.id) if resource.named == "experiment" else resource.id
    values = {"asker": identity.user_id, "kind": thing.kind, "id": value, "token": identity.token_id}
    column = COLUMNS[thing.kind]
    if identity.token_id is not None and not tx.row(
        f"SELECT 1 FROM token_limits WHERE token_id = :token AND {column} = {thing.number}", values
    ):
        return Permission.NO_PERMISSIONS
    if identity.is_admin:
        return Permission.MANAGE
    granted = tx.rows(
        f"SELECT g.permission FROM grants g WHERE g.kind = :kind AND {_TO_ME} "
        f"AND (g.{column} = {thing.number} OR ({_ALL}))",
        values,
    )
    return folded([permission for (permission,) in granted], identity.default)


def _on_server(identity: Identity) -> Permission:
    if identity.token_id is not None:
        return Permission.READ
    return Permission.MANAGE if identity.is_admin else Permission.EDIT


def _on_artifacts(tx: Transaction, identity: Identity, path: str) -> Permission:
    """The least of the permissions on all experiments whose artifacts lie above the path, or below it.

    Experiments may lie inside others, since their makers name the places. What belongs to none is for administrators.
    """
    if identity.sees_all:
        return Permission.MANAGE
    if path == "/":  # the root of all artifacts, or no path
        return Permission.NO_PERMISSIONS
    owners = _owners(tx, path)
    if not owners:
        return Permission.NO_PERMISSIONS
    return min(_permission(tx, identity, Resource("experiment", str(number))) for number in owners)


def _owners(tx: Transaction, path: str) -> set[int]:
    """The experiments whose artifacts lie above or below the path; what was moved belongs to where it is now."""
    first = path.partition("/")[0]
    of_own_number = f"'{PROXY_SCHEME}:/' || CAST(id AS TEXT)"
    rows = tx.rows(
        "SELECT id, artifact_location FROM experiments WHERE id = :first "
        f"OR (artifact_location LIKE '{PROXY_SCHEME}:%' AND artifact_location <> {of_own_number})",
        {"first": int(first) if first.isdecimal() and len(first) < 18 else -1},
    )
    folders = [(number, proxied_path(location)) for number, location in rows]
    above = {number for number, folder in folders if _is_inside(path, folder)}
    below = {number for number, folder in folders if _is_inside(folder, path)}
    if moved := {one.experiment for one in find_moved(tx, path.split("/")) if _is_inside(path, _folder(*one[:2]))}:
        return moved | below
    if not above:
        return set()
    if any(path in (folder, f"{folder}/models") or number in below for number, folder in folders):
        below |= {number for location, number in left_behind(tx) if _is_inside(_folder(location, "models"), path)}
    return above | below


def _folder(location: str, inside: str) -> str | None:
    """The path of the folder `inside` below a location; None where it is not among what goes through the server."""
    top = proxied_path(location)
    return None if top is None else f"{top}/{inside}".removeprefix("/")


def _is_inside(path: str | None, folder: str | None) -> bool:
    if path is None or folder is None:
        return False
    return folder in ("", path) or path.startswith(f"{folder}/")


def _refusal(identity: Identity, permission: Permission, resource: Resource) -> str:
    name = _NAMES[resource.named].format(resource.id[:200])
    if identity.most < permission:
        return f"Permission denied: this token is for reading only, and {permission.name} on {name} is needed."
    if identity.token_id is not None:
        return f"Permission denied: {permission.name} on {name} is needed, and this token is limited to other things."
    if resource.named in ("user", "server"):
        return f"Permission denied: {permission.name} on {name} is needed, which only administrators have."
    return (
        f"Permission denied: {permission.name} on {name} is needed, and {identity.name} does not have it. Somebody "
        "with MANAGE on it, or an administrator, can grant it (trackline access grant)."
    )
