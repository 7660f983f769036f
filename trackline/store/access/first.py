"""The first administrator, made by a secret that the server has shown to whoever started it."""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.access import User
from trackline.domain.errors import InvalidParameter
from trackline.store.access.users import NewUser, create_user, has_users


def offer_first(tx: Transaction, digest: str, lasts_ms: int) -> bool:
    """Whether the secret with this digest is of use: not where there are users. Others, of other starts, stay so."""
    if has_users(tx):
        return False
    tx.execute("DELETE FROM first_secrets WHERE expires_ms <= :now", {"now": tx.now_ms})
    tx.execute(
        "INSERT INTO first_secrets (digest, expires_ms) VALUES (:digest, :expires)",
        {"digest": digest, "expires": tx.now_ms + lasts_ms},
    )
    return True


def check_first(tx: Transaction, digest: str) -> None:
    """Raises InvalidParameter where the secret with this digest makes no first administrator, or not any more."""
    values = {"digest": digest, "now": tx.now_ms}
    if not tx.row("SELECT 1 FROM first_secrets WHERE digest = :digest AND expires_ms > :now", values) or has_users(tx):
        raise InvalidParameter(
            "This secret holds no longer, or never did: it is for the first administrator, once, and for a day. A "
            "start of the server with --require-sign-in and without users shows a new one; or, on its machine: "
            "trackline user create NAME --admin."
        )


def create_first(tx: Transaction, digest: str, name: str, password_hash: str) -> User:
    """Raises InvalidParameter, as `check_first`. All secrets are used up then."""
    tx.execute("UPDATE first_secrets SET expires_ms = expires_ms")  # one at a time, where others write beside
    check_first(tx, digest)
    tx.execute("DELETE FROM first_secrets")
    return create_user(tx, NewUser(name, password_hash, is_admin=True))
