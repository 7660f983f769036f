"""Endpoints of users, their tokens, and the log of what became of them."""

from __future__ import annotations

import secrets
from typing import Any

from trackline.domain.access import (
    TOKEN_BYTES,
    Resource,
    User,
    check_password,
    check_user_name,
    digest_of,
    token_text,
)
from trackline.domain.errors import BadRequest, InvalidParameter, NotSignedIn
from trackline.domain.limits import check_name
from trackline.server.services import Services
from trackline.store.access import first, grants, log, roles, tokens, users
from trackline.store.access.identities import asker
from trackline.wire import access_requests as requests
from trackline.wire.requests import Nothing

DAY_MS = 24 * 3600 * 1000


async def create(services: Services, request: requests.NewUser) -> Any:
    check_user_name(request.username)
    check_password(request.password)
    hashed = await services.sign_in.passwords.hashed(request.password)
    user = await services.database.write(users.create_user, users.NewUser(request.username, hashed))
    return {"user": _with_grants(user, [])}


async def create_first(services: Services, request: requests.FirstAdministrator) -> Any:
    """The first administrator. The secret is looked at before anything that takes long."""
    check_user_name(request.username)
    check_password(request.password)
    digest = digest_of(request.secret)
    await services.database.read(first.check_first, digest)
    hashed = await services.sign_in.passwords.hashed(request.password)
    return {
        "user": _with_grants(await services.database.write(first.create_first, digest, request.username, hashed), [])
    }


async def get(services: Services, request: requests.Username) -> Any:
    return {"user": _with_grants(*await services.database.read(grants.user_with_grants, request.username))}


async def list_all(services: Services, request: Nothing) -> Any:  # noqa: ARG001
    """Names are for all, so that they can be granted something; what roles give is for administrators."""
    found = await services.database.read(roles.users_with_roles)
    return {
        "users": [
            {**_shown(one), "is_service": one.is_service, "is_disabled": one.disabled_ms is not None, "roles": theirs}
            for one, theirs in found
        ]
    }


async def current(services: Services, request: Nothing) -> Any:  # noqa: ARG001
    me = await services.database.read(asker)
    return {"user": {"id": me.user_id, "username": me.name, "is_admin": me.is_admin}, "is_basic_auth": True}


async def update_password(services: Services, request: requests.NewPassword) -> Any:
    me = await services.database.read(asker)
    if me.name == request.username:
        await _check_own_password(services, request)
    check_password(request.password)
    hashed = await services.sign_in.passwords.hashed(request.password)
    await services.database.write(users.set_password, request.username, hashed)
    return {}


async def update_admin(services: Services, request: requests.UserAdmin) -> Any:
    await services.database.write(users.set_admin, request.username, request.is_admin)
    return {}


async def delete(services: Services, request: requests.Username) -> Any:
    me = await services.database.read(asker)
    if me.name == request.username:
        raise BadRequest("Users cannot delete their own account. Ask another admin to delete this user instead.")
    await services.database.write(users.delete_user, request.username)
    return {}


async def create_token(services: Services, request: requests.NewToken) -> Any:
    """The answer has the token, which is never shown again."""
    check_name(request.name, "name")
    secret = token_text(secrets.token_bytes(TOKEN_BYTES))
    new = tokens.NewToken(
        username=request.username,
        name=request.name,
        digest=digest_of(secret),
        scope=request.scope,
        lasts_ms=None if request.days is None else request.days * DAY_MS,
        limits=[
            *(Resource("experiment", given) for given in request.experiments),
            *(Resource("registered_model", given) for given in request.models),
        ],
    )
    return {"token": secret, "about": await services.database.write(tokens.create_token, new)}


async def list_tokens(services: Services, request: requests.Username) -> Any:
    return {"tokens": await services.database.read(tokens.list_tokens, request.username)}


async def revoke_token(services: Services, request: requests.TokenName) -> Any:
    await services.database.write(tokens.revoke_token, request.username, request.name)
    return {}


async def read_log(services: Services, request: requests.ReadLog) -> Any:
    return {"entries": await services.database.read(log.read_access_log, request.max_results, request.before)}


def _with_grants(user: User, granted: list[grants.Grant]) -> dict[str, Any]:
    """As clients before MLflow 3 read it, too."""
    on_experiments = [
        {"experiment_id": one.resource_pattern, "user_id": user.id, "permission": one.permission}
        for one in granted
        if one.resource_type == "experiment"
    ]
    on_models = [
        {"name": one.resource_pattern, "user_id": user.id, "permission": one.permission}
        for one in granted
        if one.resource_type == "registered_model"
    ]
    return {
        **_shown(user),
        "experiment_permissions": on_experiments,
        "registered_model_permissions": on_models,
    }


def _shown(user: User) -> dict[str, Any]:
    """As MLflow shows it."""
    return {"id": user.id, "username": user.username, "is_admin": user.is_admin}


async def _check_own_password(services: Services, request: requests.NewPassword) -> None:
    """A session that somebody left open is not enough to lock them out."""
    current = request.current_password
    if not current:
        raise InvalidParameter("Current password is required when changing your own password.")
    try:
        await services.sign_in.passwords.checked(request.username, current, "")
    except NotSignedIn:
        raise InvalidParameter("Current password does not match.") from None
    if current == request.password:
        raise InvalidParameter("New password must differ from the current password.")
