"""Roles: groups of users to which permissions are granted together. MLflow's name for them; it has them in workspaces,
of which this server has one, `default`.
"""

from __future__ import annotations

from msgspec import Struct

from trackline.db.transaction import Transaction
from trackline.domain.access import Kind, Permission, Resource, User
from trackline.domain.errors import AlreadyExists, NotFound
from trackline.store.access.grants import Grant, Holder, grant, grants_of, put_grant, revoke, user_holder
from trackline.store.access.identities import asker
from trackline.store.access.log import note_access
from trackline.store.access.users import get_user, list_users


class RoleGrant(Struct, frozen=True):
    id: int
    role_id: int
    resource_type: Kind
    resource_pattern: str
    permission: str


class Role(Struct, frozen=True):
    id: int
    name: str
    description: str | None
    permissions: list[RoleGrant]
    workspace: str = "default"


class Held(Struct, frozen=True):
    """What somebody has by a role; by the role 0, which has their own name, where it is granted to them alone."""

    role_id: int
    role_name: str
    resource_type: Kind
    resource_pattern: str
    permission: str
    workspace: str = "default"


class Assignment(Struct, frozen=True):
    id: int
    role_id: int
    user_id: int


def create_role(tx: Transaction, name: str, description: str | None) -> Role:
    created = tx.row(
        "INSERT INTO roles (name, description) VALUES (:name, :description) ON CONFLICT (name) DO NOTHING RETURNING id",
        {"name": name, "description": description},
    )
    if created is None:
        raise AlreadyExists(f"Role (name={name}, workspace=default) already exists.")
    note_access(tx, "role created", name)
    return Role(created[0], name, description, [])


def get_role(tx: Transaction, number: int) -> Role:
    row = tx.row("SELECT id, name, description FROM roles WHERE id = :id", {"id": number})
    if row is None:
        raise NotFound(f"Role with id={number} not found")
    return _roles(tx, [row])[0]


def list_roles(tx: Transaction, username: str | None = None) -> list[Role]:
    """Those that the user has, or all."""
    having = "id IN (SELECT m.role_id FROM role_members m JOIN users u ON u.id = m.user_id WHERE u.name = :user)"
    if username is not None:
        get_user(tx, username)
    rows = tx.rows(
        f"SELECT id, name, description FROM roles WHERE {'TRUE' if username is None else having} ORDER BY id",
        {"user": username},
    )
    return _roles(tx, rows)


def update_role(tx: Transaction, number: int, name: str | None, description: str | None) -> Role:
    role = get_role(tx, number)
    if name and tx.row("SELECT 1 FROM roles WHERE name = :name AND id <> :id", {"name": name, "id": number}):
        raise AlreadyExists(f"Role with name={name} already exists in workspace=default")
    tx.execute(
        "UPDATE roles SET name = coalesce(:name, name), description = coalesce(:description, description) "
        "WHERE id = :id",
        {"name": name or None, "description": description, "id": number},
    )
    note_access(tx, "role changed", role.name, name or "")
    return get_role(tx, number)


def delete_role(tx: Transaction, number: int) -> None:
    role = get_role(tx, number)
    tx.execute("DELETE FROM roles WHERE id = :id", {"id": number})
    note_access(tx, "role deleted", role.name)


def role_holder(tx: Transaction, number: int) -> Holder:
    return Holder("role_id", number, f"role {get_role(tx, number).name}")


def role_named(tx: Transaction, name: str) -> Holder:
    row = tx.row("SELECT id FROM roles WHERE name = :name", {"name": name})
    if row is None:
        raise NotFound(f"There is no role '{name}'.")
    return Holder("role_id", row[0], f"role {name}")


def grant_to(
    tx: Transaction, username: str | None, role: str | None, resource: Resource, permission: Permission
) -> None:
    """To a user, or else to a role, by name, whatever was granted before."""
    put_grant(tx, user_holder(tx, username) if username else role_named(tx, role or ""), resource, permission)


def revoke_from(tx: Transaction, username: str | None, role: str | None, resource: Resource) -> None:
    """From a user, or else from a role, by name. Raises NotFound where nothing is granted."""
    revoke(tx, user_holder(tx, username) if username else role_named(tx, role or ""), resource)


def assign_role_named(tx: Transaction, username: str, role: str) -> None:
    assign_role(tx, username, role_named(tx, role).id)


def unassign_role_named(tx: Transaction, username: str, role: str) -> None:
    unassign_role(tx, username, role_named(tx, role).id)


def assign_role(tx: Transaction, username: str, number: int) -> Assignment:
    user, role = get_user(tx, username), get_role(tx, number)
    created = tx.row(
        "INSERT INTO role_members (role_id, user_id) VALUES (:role, :user) "
        "ON CONFLICT (user_id, role_id) DO NOTHING RETURNING id",
        {"role": number, "user": user.id},
    )
    if created is None:
        raise AlreadyExists(f"User role assignment (user_id={user.id}, role_id={number}) already exists")
    note_access(tx, "role given", username, role.name)
    return Assignment(created[0], number, user.id)


def unassign_role(tx: Transaction, username: str, number: int) -> None:
    user, role = get_user(tx, username), get_role(tx, number)
    gone = tx.changed(
        "DELETE FROM role_members WHERE role_id = :role AND user_id = :user", {"role": number, "user": user.id}
    )
    if not gone:
        raise NotFound(f"User role assignment (user_id={user.id}, role_id={number}) not found")
    note_access(tx, "role taken", username, role.name)


def role_users(tx: Transaction, number: int) -> list[Assignment]:
    get_role(tx, number)
    query = "SELECT id, role_id, user_id FROM role_members WHERE role_id = :role ORDER BY id"
    return [Assignment(*row) for row in tx.rows(query, {"role": number})]


def grant_to_role(tx: Transaction, number: int, resource: Resource, permission: Permission) -> RoleGrant:
    return _role_grant(number, grant(tx, role_holder(tx, number), resource, permission))


def update_role_grant(tx: Transaction, number: int, permission: Permission) -> RoleGrant:
    role = _role_of_grant(tx, number)
    tx.execute(
        "UPDATE grants SET permission = :permission WHERE id = :id", {"permission": int(permission), "id": number}
    )
    changed = next(one for one in grants_of(tx, "role_id", [role.id])[role.id] if one.id == number)
    note_access(tx, "granted", role.name, f"{permission.name} on {changed.resource_type} {changed.resource_pattern}")
    return _role_grant(role.id, changed)


def remove_role_grant(tx: Transaction, number: int) -> None:
    role = _role_of_grant(tx, number)
    tx.execute("DELETE FROM grants WHERE id = :id", {"id": number})
    note_access(tx, "revoked", role.name, f"permission {number}")


def users_with_roles(tx: Transaction) -> list[tuple[User, list[Role]]]:
    """By number. What roles give names things, so only administrators are told."""
    roles = {role.id: role for role in list_roles(tx)} if asker(tx).sees_all else {}
    having: dict[int, list[Role]] = {}
    for user_id, role_id in tx.rows("SELECT user_id, role_id FROM role_members ORDER BY role_id"):
        if role_id in roles:
            having.setdefault(user_id, []).append(roles[role_id])
    return [(user, having.get(user.id, [])) for user in list_users(tx)]


def held_by(tx: Transaction, username: str) -> tuple[bool, list[Held]]:
    """Whether the user is an administrator, and what is granted to them, alone or by their roles."""
    user = get_user(tx, username)
    own = [
        Held(0, username, one.resource_type, one.resource_pattern, one.permission)
        for one in grants_of(tx, "user_id", [user.id])[user.id]
    ]
    of_roles = [
        Held(role.id, role.name, one.resource_type, one.resource_pattern, one.permission)
        for role in list_roles(tx, username)
        for one in role.permissions
    ]
    return user.is_admin, own + of_roles


def _role_of_grant(tx: Transaction, number: int) -> Holder:
    row = tx.row("SELECT role_id FROM grants WHERE id = :id AND role_id IS NOT NULL", {"id": number})
    if row is None:
        raise NotFound(f"Role permission with id={number} not found")
    return role_holder(tx, row[0])


def _roles(tx: Transaction, rows: list[tuple[int, str, str | None]]) -> list[Role]:
    granted = grants_of(tx, "role_id", [row[0] for row in rows])
    return [
        Role(number, name, description, [_role_grant(number, one) for one in granted[number]])
        for number, name, description in rows
    ]


def _role_grant(role: int, one: Grant) -> RoleGrant:
    return RoleGrant(one.id, role, one.resource_type, one.resource_pattern, one.permission)
