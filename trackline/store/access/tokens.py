"""What stands for a user without their password: API tokens, and the sessions of browsers."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal, NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.access import Resource, Token
from trackline.domain.errors import AlreadyExists, InvalidState, NotFound
from trackline.domain.limits import experiment_number
from trackline.store.access.log import note_access
from trackline.store.access.permissions import COLUMNS, THINGS, may_read
from trackline.store.access.users import get_user

USE_NOTED_MS = 60_000  # when a token was used last is known to the minute


class NewToken(NamedTuple):
    """`limits`: the only experiments and models that it opens; none for all that its user may."""

    username: str
    name: str
    digest: str
    scope: Literal["read", "write"]
    lasts_ms: int | None
    limits: list[Resource]


def create_token(tx: Transaction, new: NewToken) -> Token:
    """Raises NotFound for a user or a limit that does not exist, AlreadyExists."""
    user = get_user(tx, new.username)
    if user.disabled_ms is not None:
        raise InvalidState(f"User '{new.username}' is disabled.")
    created = tx.row(
        "INSERT INTO tokens (user_id, name, digest, scope, is_limited, created_ms, expires_ms) "
        "VALUES (:user, :name, :digest, :scope, :limited, :now, :expires) "
        "ON CONFLICT (user_id, name) DO NOTHING RETURNING id",
        {
            "user": user.id,
            "name": new.name,
            "digest": new.digest,
            "scope": new.scope,
            "limited": int(bool(new.limits)),
            "now": tx.now_ms,
            "expires": None if new.lasts_ms is None else tx.now_ms + new.lasts_ms,
        },
    )
    if created is None:
        raise AlreadyExists(f"'{new.username}' has a token '{new.name}' already. Revoke it or choose another name.")
    (number,) = created
    for limit in new.limits:
        thing = THINGS[limit.named]
        tx.execute(
            f"INSERT INTO token_limits (token_id, {COLUMNS[thing.kind]}) VALUES (:token, :thing)",
            {"token": number, "thing": thing_number(tx, limit)},
        )
    note_access(tx, "token created", new.username, f"{new.name} ({new.scope})")
    return list_tokens(tx, new.username, number)[0]


def list_tokens(tx: Transaction, username: str | None = None, number: int | None = None) -> list[Token]:
    """Those of one user, or of all."""
    rows = tx.rows(
        "SELECT t.id, u.name, t.name, t.scope, t.created_ms, t.expires_ms, t.used_ms "
        "FROM tokens t JOIN users u ON u.id = t.user_id "
        f"WHERE {'TRUE' if username is None else 'u.name = :user'} AND {'TRUE' if number is None else 't.id = :id'} "
        "ORDER BY u.name, t.id",
        {"user": username, "id": number},
    )
    limits: defaultdict[int, list[str]] = defaultdict(list)
    for token, experiment, model in tx.rows(
        "SELECT l.token_id, e.name, m.name FROM token_limits l LEFT JOIN experiments e ON e.id = l.experiment_id "
        f"LEFT JOIN registered_models m ON m.id = l.model_id WHERE {tx.dialect.among('l.token_id', 'tokens')}",
        {"tokens": [row[0] for row in rows]},
    ):
        limits[token].append(f"model {model}" if experiment is None else f"experiment {experiment}")
    return [
        Token(number, user, name, scope, created_ms, expires_ms, used_ms, limits[number])
        for number, user, name, scope, created_ms, expires_ms, used_ms in rows
    ]


def revoke_token(tx: Transaction, username: str, name: str) -> None:
    user = get_user(tx, username)
    gone = tx.changed("DELETE FROM tokens WHERE user_id = :user AND name = :name", {"user": user.id, "name": name})
    if not gone:
        raise NotFound(f"'{username}' has no token '{name}'.")
    note_access(tx, "token revoked", username, name)


def note_token_use(tx: Transaction, digest: str) -> None:
    tx.execute(
        "UPDATE tokens SET used_ms = :now WHERE digest = :digest AND (used_ms IS NULL OR used_ms < :before)",
        {"now": tx.now_ms, "digest": digest, "before": tx.now_ms - USE_NOTED_MS},
    )


def begin_session(tx: Transaction, username: str, digest: str, lasts_ms: int) -> None:
    """Sessions of anybody that have run out go with it."""
    user = get_user(tx, username)
    tx.execute("DELETE FROM sessions WHERE expires_ms <= :now", {"now": tx.now_ms})
    tx.execute(
        "INSERT INTO sessions (digest, user_id, created_ms, expires_ms) VALUES (:digest, :user, :now, :expires)",
        {"digest": digest, "user": user.id, "now": tx.now_ms, "expires": tx.now_ms + lasts_ms},
    )


def end_session(tx: Transaction, digest: str) -> None:
    tx.execute("DELETE FROM sessions WHERE digest = :digest", {"digest": digest})


def thing_number(tx: Transaction, resource: Resource) -> int:
    """The number of an experiment (by name or id) or a registered model that may be read.

    Raises NotFound, InvalidParameter.
    """
    thing = THINGS[resource.named]
    table = "experiments" if thing.kind == "experiment" else "registered_models"
    value: Any = experiment_number(resource.id) if resource.named == "experiment" else resource.id
    row = tx.row(f"SELECT id FROM {table} WHERE id = {thing.number}", {"id": value})
    if row is None or not may_read(tx, resource.named, resource.id):
        raise NotFound(f"There is no {thing.kind.replace('_', ' ')} '{resource.id}'.")
    return int(row[0])
