"""What is granted: permissions on one experiment or registered model, or on all, to a user or a role."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal, NamedTuple

from msgspec import Struct

from trackline.db.transaction import Transaction
from trackline.domain.access import Identity, Kind, Permission, Resource, User, folded
from trackline.domain.errors import AlreadyExists, NotFound
from trackline.store.access.identities import asker
from trackline.store.access.log import note_access
from trackline.store.access.permissions import COLUMNS, THINGS, permission_on
from trackline.store.access.tokens import thing_number
from trackline.store.access.users import get_user, list_users

ALL = "*"  # the id that stands for all things of a kind


HolderColumn = Literal["user_id", "role_id"]


class Holder(NamedTuple):
    """A user or a role, by number; `name` is for the log."""

    column: HolderColumn
    id: int
    name: str


class Grant(Struct, frozen=True):
    """`resource_pattern` is the id of an experiment, the name of a model, or "*". As MLflow shows it."""

    id: int
    resource_type: Kind
    resource_pattern: str
    permission: str


class Sight(Struct, frozen=True):
    """Somebody who may read something, what they may do with it, and the roles that give them any of it."""

    username: str
    permission: str
    is_admin: bool
    roles: list[str]


def user_holder(tx: Transaction, name: str) -> Holder:
    return Holder("user_id", get_user(tx, name).id, name)


def grant_to_user(tx: Transaction, username: str, resource: Resource, permission: Permission) -> int:
    """The user's number. Raises as `grant`."""
    holder = user_holder(tx, username)
    grant(tx, holder, resource, permission)
    return holder.id


def granted_to_user(tx: Transaction, username: str, resource: Resource) -> tuple[int, Permission]:
    """The user's number, and what is granted to them on just this. Raises NotFound for nothing."""
    holder = user_holder(tx, username)
    kind, number = _thing(tx, resource)
    row = tx.row(
        f"SELECT permission FROM grants WHERE {_held(holder, kind, number)}",
        {"holder": holder.id, "kind": kind, "thing": number},
    )
    if row is None:
        raise _nothing_granted(holder, kind, resource)
    return holder.id, Permission(row[0])


def change_grant_to_user(tx: Transaction, username: str, resource: Resource, permission: Permission) -> None:
    change_grant(tx, user_holder(tx, username), resource, permission)


def revoke_from_user(tx: Transaction, username: str, resource: Resource) -> None:
    revoke(tx, user_holder(tx, username), resource)


def user_with_grants(tx: Transaction, username: str) -> tuple[User, list[Grant]]:
    """What is granted to the user alone, not by roles."""
    user = get_user(tx, username)
    return user, grants_of(tx, "user_id", [user.id])[user.id]


def grant(tx: Transaction, holder: Holder, resource: Resource, permission: Permission) -> Grant:
    """Raises AlreadyExists where something is granted to the holder on it already, NotFound for what does not exist."""
    kind, number = _thing(tx, resource)
    created = tx.row(
        f"INSERT INTO grants ({holder.column}, kind, {COLUMNS[kind]}, permission) "
        "VALUES (:holder, :kind, :thing, :permission) ON CONFLICT DO NOTHING RETURNING id",
        {"holder": holder.id, "kind": kind, "thing": number, "permission": int(permission)},
    )
    if created is None:
        raise AlreadyExists(
            f"Permission for {holder.name} on resource_type={kind}, resource_id={resource.id} already exists."
        )
    note_access(tx, "granted", holder.name, f"{permission.name} on {kind} {resource.id}")
    return Grant(created[0], kind, resource.id, permission.name)


def change_grant(tx: Transaction, holder: Holder, resource: Resource, permission: Permission) -> None:
    """Raises NotFound where nothing is granted to the holder on it."""
    kind, number = _thing(tx, resource)
    changed = tx.changed(
        f"UPDATE grants SET permission = :permission WHERE {_held(holder, kind, number)}",
        {"permission": int(permission), "holder": holder.id, "kind": kind, "thing": number},
    )
    if not changed:
        raise _nothing_granted(holder, kind, resource)
    note_access(tx, "granted", holder.name, f"{permission.name} on {kind} {resource.id}")


def put_grant(tx: Transaction, holder: Holder, resource: Resource, permission: Permission) -> None:
    """Grant it, whatever was granted before."""
    try:
        change_grant(tx, holder, resource, permission)
    except NotFound:
        grant(tx, holder, resource, permission)


def revoke(tx: Transaction, holder: Holder, resource: Resource) -> None:
    """Raises NotFound where nothing is granted to the holder on it."""
    kind, number = _thing(tx, resource)
    gone = tx.changed(
        f"DELETE FROM grants WHERE {_held(holder, kind, number)}",
        {"holder": holder.id, "kind": kind, "thing": number},
    )
    if not gone:
        raise _nothing_granted(holder, kind, resource)
    note_access(tx, "revoked", holder.name, f"{kind} {resource.id}")


def grants_of(tx: Transaction, column: HolderColumn, ids: list[int]) -> defaultdict[int, list[Grant]]:
    """By the number of the user or role that holds them."""
    held: defaultdict[int, list[Grant]] = defaultdict(list)
    for holder, number, kind, experiment, model, permission in tx.rows(
        f"SELECT g.{column}, g.id, g.kind, g.experiment_id, m.name, g.permission FROM grants g "
        f"LEFT JOIN registered_models m ON m.id = g.model_id WHERE {tx.dialect.among(f'g.{column}', 'ids')} "
        "ORDER BY g.id",
        {"ids": ids},
    ):
        pattern = model or (ALL if experiment is None else str(experiment))
        held[holder].append(Grant(number, kind, pattern, Permission(permission).name))
    return held


def give_to_maker(tx: Transaction, kind: Kind, number: int) -> None:
    """MANAGE on what the one who asks has made."""
    maker = asker(tx)
    if maker.user_id:
        tx.execute(
            f"INSERT INTO grants (user_id, kind, {COLUMNS[kind]}, permission) "
            "VALUES (:user, :kind, :thing, :permission)",
            {"user": maker.user_id, "kind": kind, "thing": number, "permission": int(Permission.MANAGE)},
        )


def effective_permission(tx: Transaction, username: str, resource: Resource, default: Permission) -> Permission:
    """What the user may do with it, all told. `default`: the server's."""
    user = get_user(tx, username)
    own = default if user.default_permission is None else Permission[user.default_permission]
    return permission_on(tx, Identity(user.id, username, user.is_admin, own), resource)


def who_sees(tx: Transaction, resource: Resource, default: Permission) -> list[Sight]:
    """Everybody who may read it, by name. `default`: the server's. Raises NotFound where there is no such thing."""
    kind, number = _thing(tx, resource)
    permissions: defaultdict[int, list[int]] = defaultdict(list)
    roles: defaultdict[int, list[str]] = defaultdict(list)
    for user_id, role, permission in tx.rows(
        "SELECT coalesce(g.user_id, m.user_id), r.name, g.permission FROM grants g "
        "LEFT JOIN roles r ON r.id = g.role_id LEFT JOIN role_members m ON m.role_id = g.role_id "
        f"WHERE g.kind = :kind AND (g.{COLUMNS[kind]} = :thing OR (g.experiment_id IS NULL AND g.model_id IS NULL)) "
        "ORDER BY r.name",
        {"kind": kind, "thing": number},
    ):
        permissions[user_id].append(permission)
        if role is not None:
            roles[user_id].append(role)
    found = []
    for user in sorted(list_users(tx), key=lambda user: user.username):
        own = default if user.default_permission is None else Permission[user.default_permission]
        permission = Permission.MANAGE if user.is_admin else folded(permissions[user.id], own)
        if permission >= Permission.READ and user.disabled_ms is None:
            found.append(Sight(user.username, permission.name, user.is_admin, roles[user.id]))
    return found


def _thing(tx: Transaction, resource: Resource) -> tuple[Kind, int | None]:
    kind = THINGS[resource.named].kind
    return kind, None if resource.id == ALL else thing_number(tx, resource)


def _held(holder: Holder, kind: Kind, number: int | None) -> str:
    thing = "experiment_id IS NULL AND model_id IS NULL" if number is None else f"{COLUMNS[kind]} = :thing"
    return f"{holder.column} = :holder AND kind = :kind AND {thing}"


def _nothing_granted(holder: Holder, kind: Kind, resource: Resource) -> NotFound:
    return NotFound(f"Permission for {holder.name} on resource_type={kind}, resource_id={resource.id} not found.")
