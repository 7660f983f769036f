"""`trackline token`: what stands for a user in programs."""

from __future__ import annotations

import secrets
from typing import Any, Literal

import click

from trackline.cli.accounts import day, done, on_database, table

DAY_MS = 24 * 3600 * 1000


@click.group()
def token() -> None:
    """Tokens stand for a user in programs, which send them as MLFLOW_TRACKING_TOKEN.

    \b
    trackline token create ann laptop
    trackline token create ci nightly --read-only --experiment churn --days 30
    trackline token list
    """


@token.command()
@click.argument("user")
@click.argument("name")
@click.option("--read-only", is_flag=True, help="It reads, and changes nothing.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long it holds.")
@click.option("--for-ever", is_flag=True, help="It holds until it is revoked.")
@click.option("--experiment", "experiments", multiple=True, metavar="NAME", help="It opens this one; may be repeated.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="The same for a registered model.")
@on_database
def create(user: str, name: str, days: int, backend_store_uri: str, **given: Any) -> None:
    """Make a token for USER, called NAME, and print it. It is not shown again.

    Without --experiment and --model it opens whatever its user may; with them nothing else.

    \b
    trackline token create ann laptop
    trackline token create ci nightly --read-only --experiment churn --days 30
    """
    from trackline.domain.access import TOKEN_BYTES, Resource, digest_of, token_text
    from trackline.store.access.tokens import NewToken, create_token

    secret = token_text(secrets.token_bytes(TOKEN_BYTES))
    limits = [Resource("experiment_name", one) for one in given["experiments"]]
    limits += [Resource("registered_model", one) for one in given["models"]]
    lasts_ms = None if given["for_ever"] else days * DAY_MS
    scope: Literal["read", "write"] = "read" if given["read_only"] else "write"
    new = NewToken(user, name, digest_of(secret), scope, lasts_ms, limits)
    done(backend_store_uri, create_token, new)
    click.echo(secret)


@token.command("list")
@click.option("--user", help="Only of this one.")
@on_database
def list_all(user: str | None, backend_store_uri: str) -> None:
    """Show the tokens, without their secrets.

    \b
    trackline token list
    """
    from trackline.store.access.tokens import list_tokens

    rows = [("USER", "NAME", "SCOPE", "ONLY", "EXPIRES", "LAST USED")]
    for one in done(backend_store_uri, list_tokens, user):
        only = ", ".join(one.limits) or "-"
        rows.append((one.username, one.name, one.scope, only, day(one.expires_ms), day(one.used_ms)))
    table(rows)


@token.command()
@click.argument("user")
@click.argument("name")
@on_database
def revoke(user: str, name: str, backend_store_uri: str) -> None:
    """Refuse the token from now on.

    \b
    trackline token revoke ci nightly
    """
    from trackline.store.access.tokens import revoke_token

    done(backend_store_uri, revoke_token, user, name)
    click.echo(f"Token {name} of {user} was revoked.")
