"""Whose work a transaction does."""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.access import Credential, Identity, Permission
from trackline.domain.errors import NotSignedIn

# Nobody signs in here, or the program works for itself.
EVERYBODY = Identity(0, "", is_admin=True, default=Permission.MANAGE)
NOT_SIGNED_IN = (
    "Sign in first, or with other credentials: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
    "MLFLOW_TRACKING_TOKEN. An administrator of this server makes users (trackline user create)."
)

_USER = "u.id, u.name, u.is_admin, u.default_permission"
_BY = {
    "password": f"SELECT {_USER}, NULL, 'write', 0 FROM users u WHERE u.name = :name AND u.password_hash = :proof",
    "token": f"SELECT {_USER}, t.id, t.scope, t.is_limited FROM tokens t JOIN users u ON u.id = t.user_id "
    "WHERE t.digest = :proof AND (t.expires_ms IS NULL OR t.expires_ms > :now)",
    "session": f"SELECT {_USER}, NULL, 'write', 0 FROM sessions s JOIN users u ON u.id = s.user_id "
    "WHERE s.digest = :proof AND s.expires_ms > :now",
}


def asker(tx: Transaction) -> Identity:
    return tx.asker if isinstance(tx.asker, Identity) else EVERYBODY


def identify(tx: Transaction, credential: Credential | None, default: Permission) -> Identity:
    """Whose credential it is, as things stand now. `default`: the server's, for users without their own.

    Raises NotSignedIn where it is nobody's: taken back, run out, or of somebody who is disabled.
    """
    row = None
    if credential is not None:
        values = {"name": credential.name, "proof": credential.proof, "now": tx.now_ms}
        row = tx.row(f"{_BY[credential.kind]} AND u.disabled_ms IS NULL", values)
    if row is None:
        raise NotSignedIn(NOT_SIGNED_IN)
    user_id, name, is_admin, own_default, token_id, scope, is_limited = row
    return Identity(
        user_id=user_id,
        name=name,
        is_admin=bool(is_admin),
        default=default if own_default is None else Permission(own_default),
        most=Permission.READ if scope == "read" else Permission.MANAGE,
        token_id=token_id if is_limited else None,
    )
