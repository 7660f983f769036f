"""Sessions of people whom an identity provider knows."""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.errors import AlreadyExists, NotAllowed
from trackline.domain.sign_on import Person
from trackline.store.access.log import note_access
from trackline.store.access.roles import (
    assign_role_named,
    create_role,
    list_roles,
    unassign_role_named,
)
from trackline.store.access.tokens import begin_session
from trackline.store.access.users import NewUser, create_user, put_admin


def sign_on(tx: Transaction, person: Person, address: str, digest: str, lasts_ms: int) -> None:
    """Begin a session of the person, who becomes a user when they first come. What groups decide is as the provider
    says now. `digest` and `lasts_ms` are the session's.

    Raises NotAllowed for somebody disabled, and where their name is another user's.
    """
    name = _user_named(tx, person)
    if person.is_admin is not None:
        put_admin(tx, name, person.is_admin)
    _put_roles(tx, name, person)
    begin_session(tx, name, digest, lasts_ms)
    note_access(tx, "signed in", name, address, name)


def _user_named(tx: Transaction, person: Person) -> str:
    row = tx.row("SELECT name, disabled_ms FROM users WHERE oidc_subject = :subject", {"subject": person.subject})
    if row is None:
        try:
            return create_user(tx, NewUser(person.name, None, subject=person.subject)).username
        except AlreadyExists:
            raise NotAllowed(
                f"Somebody else is called '{person.name}' here, who does not sign in by this identity provider. An "
                f"administrator can delete that user (trackline user delete '{person.name}')."
            ) from None
    name, disabled_ms = row
    if disabled_ms is not None:
        raise NotAllowed(f"'{name}' may not sign in here any more. An administrator can change that.")
    return str(name)


def _put_roles(tx: Transaction, name: str, person: Person) -> None:
    """Roles of which the groups say nothing stay as they are."""
    if not person.roles:
        return
    having = {role.name for role in list_roles(tx, name)}
    known = {role.name for role in list_roles(tx)}
    for role, has in person.roles.items():
        if has and role not in known:
            create_role(tx, role, None)
        if has and role not in having:
            assign_role_named(tx, name, role)
        if not has and role in having:
            unassign_role_named(tx, name, role)
