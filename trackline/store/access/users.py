"""Users: people who sign in, and programs that have tokens."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.access import Permission, User
from trackline.domain.errors import AlreadyExists, InvalidState, NotFound
from trackline.store.access.log import note_access

_COLUMNS = "id, name, is_admin, is_service, created_ms, default_permission, disabled_ms"


class NewUser(NamedTuple):
    """`password_hash` is None for a program, and for somebody whom the identity provider knows as `subject`."""

    name: str
    password_hash: str | None
    is_admin: bool = False
    is_service: bool = False
    subject: str | None = None


def has_users(tx: Transaction) -> bool:
    """Whether people must sign in: from the first user on."""
    return tx.row("SELECT 1 FROM users LIMIT 1") is not None


def create_user(tx: Transaction, new: NewUser) -> User:
    """Raises AlreadyExists; InvalidState where the first would be no administrator and is not known elsewhere."""
    if not (new.is_admin or new.subject or has_users(tx)):
        raise InvalidState(
            "The first user must be an administrator, since from then on everybody has to sign in. Make one on the "
            "server's machine: trackline user create NAME --admin."
        )
    created = tx.row(
        "INSERT INTO users (name, password_hash, oidc_subject, is_admin, is_service, created_ms) VALUES "
        f"(:name, :hash, :subject, :admin, :service, :now) ON CONFLICT (name) DO NOTHING RETURNING {_COLUMNS}",
        {
            "name": new.name,
            "hash": new.password_hash,
            "subject": new.subject,
            "admin": int(new.is_admin),
            "service": int(new.is_service),
            "now": tx.now_ms,
        },
    )
    if created is None:
        raise AlreadyExists(f"User (username={new.name}) already exists.")
    kind = "administrator" if new.is_admin else "program" if new.is_service else "person"
    note_access(tx, "user created", new.name, kind, new.name if new.subject else None)
    return _user(created)


def get_user(tx: Transaction, name: str) -> User:
    row = tx.row(f"SELECT {_COLUMNS} FROM users WHERE name = :name", {"name": name})
    if row is None:
        raise user_not_found(name)
    return _user(row)


def list_users(tx: Transaction) -> list[User]:
    return [_user(row) for row in tx.rows(f"SELECT {_COLUMNS} FROM users ORDER BY id")]


def password_of(tx: Transaction, name: str) -> str | None:
    """The hash of the password, where there is such a user who may sign in with one."""
    row = tx.row("SELECT password_hash FROM users WHERE name = :name AND disabled_ms IS NULL", {"name": name})
    return None if row is None else row[0]


def set_password(tx: Transaction, name: str, password_hash: str) -> None:
    """Sessions end with the password that they began with; tokens stay."""
    user = get_user(tx, name)
    if user.is_service:
        raise InvalidState(f"'{name}' is a program; give it a token instead of a password (trackline token create).")
    tx.execute("UPDATE users SET password_hash = :hash WHERE id = :id", {"hash": password_hash, "id": user.id})
    tx.execute("DELETE FROM sessions WHERE user_id = :id", {"id": user.id})
    note_access(tx, "password changed", name)


def set_admin(tx: Transaction, name: str, is_admin: bool) -> None:
    user = get_user(tx, name)
    put_admin(tx, name, is_admin)
    _check_that_an_admin_remains(tx, user)


def put_admin(tx: Transaction, name: str, is_admin: bool) -> None:
    """Even the last administrator's rights can be taken: who decides so can make another."""
    if get_user(tx, name).is_admin != is_admin:
        tx.execute("UPDATE users SET is_admin = :admin WHERE name = :name", {"admin": int(is_admin), "name": name})
        note_access(tx, "made administrator" if is_admin else "no longer administrator", name)


def set_default_permission(tx: Transaction, name: str, permission: Permission | None) -> None:
    """What the user may do where nothing is granted; None is the server's default."""
    user = get_user(tx, name)
    tx.execute(
        "UPDATE users SET default_permission = :permission WHERE id = :id",
        {"permission": None if permission is None else int(permission), "id": user.id},
    )
    note_access(tx, "default permission", name, "the server's" if permission is None else permission.name)


def set_disabled(tx: Transaction, name: str, disabled: bool) -> None:
    """Who is disabled is refused from now on, whatever they present; enabled again, their tokens hold again."""
    user = get_user(tx, name)
    tx.execute(
        "UPDATE users SET disabled_ms = :at WHERE id = :id", {"at": tx.now_ms if disabled else None, "id": user.id}
    )
    tx.execute("DELETE FROM sessions WHERE user_id = :id", {"id": user.id})
    _check_that_an_admin_remains(tx, user)
    note_access(tx, "user disabled" if disabled else "user enabled", name)


def delete_user(tx: Transaction, name: str) -> None:
    """With tokens, sessions and grants. What they logged stays."""
    user = get_user(tx, name)
    tx.execute("DELETE FROM users WHERE id = :id", {"id": user.id})
    _check_that_an_admin_remains(tx, user)
    note_access(tx, "user deleted", name)


def user_not_found(name: str) -> NotFound:
    return NotFound(f"User with username={name} not found")


def _check_that_an_admin_remains(tx: Transaction, changed: User) -> None:
    if changed.is_admin and not tx.row("SELECT 1 FROM users WHERE is_admin = 1 AND disabled_ms IS NULL LIMIT 1"):
        raise InvalidState("This is the last administrator. Make another one first (trackline user create --admin).")


def _user(row: tuple[int, str, int, int, int, int | None, int | None]) -> User:
    number, name, is_admin, is_service, created_ms, default, disabled_ms = row
    return User(
        id=number,
        username=name,
        is_admin=bool(is_admin),
        is_service=bool(is_service),
        created_ms=created_ms,
        default_permission=None if default is None else Permission(default).name,
        disabled_ms=disabled_ms,
    )
