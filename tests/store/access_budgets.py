"""How many statements the functions of users and permissions may send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.access import Permission, Resource
from trackline.domain.sign_on import Person
from trackline.store.access import grants, identities, log, roles, sign_on, tokens, users

FILLED = 100  # users, roles, grants
NEW_TOKEN = tokens.NewToken("user 0", "new", "digest", "write", None, [])
PERSON = Person("https://id.example 1", "", True, {"role 1": True, "new": True, "role 2": False})
EXPERIMENT, ALL = Resource("experiment", "1"), Resource("experiment", "*")

BUDGETS: dict[Callable[..., Any], tuple[int, Callable[[int], tuple[Any, ...]]]] = {
    identities.asker: (0, lambda _: ()),
    users.has_users: (1, lambda _: ()),
    users.create_user: (3, lambda n: (users.NewUser(f"new {n}", "hash"),)),
    grants.user_with_grants: (2, lambda n: (f"user {0 if n == 1 else 1}",)),
    users.password_of: (1, lambda _: ("user 0",)),
    users.set_password: (4, lambda _: ("user 0", "hash")),
    users.set_admin: (4, lambda _: ("user 0", True)),
    users.delete_user: (4, lambda _: ("user 0",)),
    tokens.create_token: (8, lambda n: (NEW_TOKEN._replace(name=f"new {n}", limits=[EXPERIMENT]),)),
    tokens.list_tokens: (2, lambda n: (f"user {0 if n == 1 else 1}",)),
    tokens.revoke_token: (3, lambda _: ("user 0", "token 0")),
    tokens.note_token_use: (1, lambda _: ("digest 0 0",)),
    tokens.begin_session: (3, lambda n: ("user 0", f"session {n}", 1000)),
    tokens.end_session: (1, lambda _: ("session",)),
    sign_on.sign_on: (29, lambda n: (PERSON._replace(name=f"new {n}"), "", f"session {n}", 1000)),
    log.note_access: (1, lambda _: ("signed in", "user 0")),
    log.read_access_log: (1, lambda n: (n,)),
    grants.grant_to_user: (4, lambda n: ("user 0", Resource("experiment", str(n)), Permission.READ)),
    grants.granted_to_user: (2, lambda _: ("user 0", ALL)),
    grants.change_grant_to_user: (3, lambda _: ("user 0", ALL, Permission.EDIT)),
    grants.revoke_from_user: (3, lambda _: ("user 0", ALL)),
    grants.effective_permission: (2, lambda _: ("user 0", EXPERIMENT, Permission.READ)),
    grants.who_sees: (3, lambda n: (Resource("experiment", str(n)), Permission.READ)),
    roles.create_role: (2, lambda n: (f"new {n}", None)),
    roles.get_role: (2, lambda n: (n,)),
    roles.list_roles: (3, lambda n: (f"user {0 if n == 1 else 1}",)),
    roles.update_role: (7, lambda n: (n, f"new {n}", None)),
    roles.delete_role: (4, lambda n: (n,)),
    roles.grant_to_role: (5, lambda n: (min(n, FILLED - 1), EXPERIMENT, Permission.READ)),
    roles.update_role_grant: (6, lambda _: (role_grant(), Permission.READ)),
    roles.remove_role_grant: (5, lambda _: (role_grant(),)),
    roles.held_by: (5, lambda n: (f"user {0 if n == 1 else 1}",)),
    roles.assign_role: (5, lambda _: ("user 0", 2)),
    roles.unassign_role: (5, lambda _: ("user 0", 1)),
    roles.role_users: (3, lambda n: (n,)),
    roles.users_with_roles: (4, lambda _: ()),
}


def role_grant() -> int:
    """The number of what is granted to the first role: the first users' are before it."""
    return 2 * FILLED + 1


def fill(tx: Transaction, many: int) -> None:
    """Users and roles. User 0 and role 1 have little, user 1 and the last role have much."""
    assert many == FILLED
    for number in range(many):
        users.create_user(tx, users.NewUser(f"user {number}", "hash", is_admin=number != 1))
        roles.create_role(tx, f"role {number + 1}", None)
    for number in range(many):
        grants.grant_to_user(tx, f"user {number}", ALL, Permission.READ)
        grants.grant_to_user(tx, "user 1", Resource("experiment", str(number)), Permission.READ)
    roles.grant_to_role(tx, 1, ALL, Permission.READ)
    for number in range(many):
        roles.grant_to_role(tx, many, Resource("experiment", str(number)), Permission.READ)
        tokens.create_token(tx, NEW_TOKEN._replace(username="user 1", name=str(number), digest=f"digest 1 {number}"))
        roles.assign_role(tx, "user 1", number + 1)
    tokens.create_token(tx, NEW_TOKEN._replace(name="token 0", digest="digest 0 0"))
    roles.assign_role(tx, "user 0", 1)
    for number in range(2, many):
        roles.assign_role(tx, f"user {number}", many)
