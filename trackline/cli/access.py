"""`trackline access`: what is granted to whom, who sees something, and what was changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from trackline.cli.accounts import day, done, on_database, table
from trackline.cli.options import server_settings

if TYPE_CHECKING:
    from trackline.domain.access import Resource

GRANTABLE = ("READ", "EDIT", "MANAGE", "NO_PERMISSIONS")
KINDS = ("experiment", "model")
Command = Callable[..., None]


def on_thing(command: Command) -> Command:
    return click.argument("kind", type=click.Choice(KINDS))(click.argument("name")(command))


def to_holder(command: Command) -> Command:
    command = click.option("--role", help="To whoever has this role.")(command)
    return click.option("--user", help="To this user.")(command)


@click.group()
def access() -> None:
    """Permissions on experiments and registered models.

    Of all that is granted to somebody, alone or by roles, on a thing or on all ("*"), NO_PERMISSIONS counts, or else
    the highest; where nothing is granted, the user's default counts, or else the server's --default-permission.

    \b
    trackline access show experiment churn             who can see it
    trackline access grant experiment churn EDIT --user bob
    trackline access role create research && trackline access role add research bob
    trackline access grant model "*" READ --role research
    trackline access log                               sign-ins and changes
    """


@access.command()
@on_thing
@server_settings("backend_store_uri", "default_permission")
def show(kind: str, name: str, backend_store_uri: str, default_permission: str) -> None:
    """Who can see the experiment or model NAME, and what they may do with it.

    \b
    trackline access show experiment churn
    """
    from trackline.domain.access import permission_named
    from trackline.store.access.grants import who_sees

    found = done(backend_store_uri, who_sees, _resource(kind, name), permission_named(default_permission))
    by = ["administrator" if one.is_admin else ", ".join(one.roles) or "-" for one in found]
    table(
        [
            ("USER", "PERMISSION", "BY"),
            *((one.username, one.permission, why) for one, why in zip(found, by, strict=True)),
        ]
    )


@access.command()
@on_thing
@click.argument("permission", type=click.Choice(GRANTABLE))
@to_holder
@on_database
def grant(kind: str, name: str, permission: str, user: str | None, role: str | None, backend_store_uri: str) -> None:
    """Grant PERMISSION on the experiment or model NAME, or on all of them ("*"), whatever was granted before.

    \b
    trackline access grant experiment churn EDIT --user bob
    trackline access grant model "*" READ --role research
    """
    from trackline.domain.access import Permission
    from trackline.store.access.roles import grant_to

    _check_holder(user, role)
    done(backend_store_uri, grant_to, user, role, _resource(kind, name), Permission[permission])
    click.echo(f"{user or f'role {role}'} has {permission} on {kind} {name}.")


@access.command()
@on_thing
@to_holder
@on_database
def revoke(kind: str, name: str, user: str | None, role: str | None, backend_store_uri: str) -> None:
    """Take back what is granted on the experiment or model NAME. The default counts again.

    \b
    trackline access revoke experiment churn --user bob
    """
    from trackline.store.access.roles import revoke_from

    _check_holder(user, role)
    done(backend_store_uri, revoke_from, user, role, _resource(kind, name))
    click.echo(f"Nothing is granted to {user or f'role {role}'} on {kind} {name} any more.")


@access.group()
def role() -> None:
    """Roles are groups of users to which permissions are granted together."""


@role.command("create")
@click.argument("name")
@on_database
def create_role(name: str, backend_store_uri: str) -> None:
    """Make a role.

    \b
    trackline access role create research
    """
    from trackline.store.access import roles

    done(backend_store_uri, roles.create_role, name, None)
    click.echo(f"Role {name} was made.")


@role.command("add")
@click.argument("name")
@click.argument("user")
@on_database
def add_to_role(name: str, user: str, backend_store_uri: str) -> None:
    """Give the role NAME to USER.

    \b
    trackline access role add research bob
    """
    from trackline.store.access.roles import assign_role_named

    done(backend_store_uri, assign_role_named, user, name)
    click.echo(f"{user} has the role {name}.")


@role.command("remove")
@click.argument("name")
@click.argument("user")
@on_database
def remove_from_role(name: str, user: str, backend_store_uri: str) -> None:
    """Take the role NAME from USER.

    \b
    trackline access role remove research bob
    """
    from trackline.store.access.roles import unassign_role_named

    done(backend_store_uri, unassign_role_named, user, name)
    click.echo(f"{user} does not have the role {name} any more.")


@role.command("list")
@on_database
def list_roles(backend_store_uri: str) -> None:
    """Show all roles and what is granted to them.

    \b
    trackline access role list
    """
    from trackline.store.access import roles

    rows = [("ROLE", "PERMISSION", "ON")]
    for one in done(backend_store_uri, roles.list_roles):
        granted = [(each.permission, f"{each.resource_type} {each.resource_pattern}") for each in one.permissions]
        rows += [(one.name, *each) for each in granted or [("-", "-")]]
    table(rows)


@access.command("log")
@click.option("--most", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Entries to show.")
@on_database
def show_log(most: int, backend_store_uri: str) -> None:
    """Sign-ins, and changes of users, tokens and permissions, the newest first.

    \b
    trackline access log
    """
    from trackline.store.access.log import read_access_log

    found = done(backend_store_uri, read_access_log, most)
    rows = [(day(one.at), one.actor or "-", one.what, one.subject, one.detail or "-") for one in found]
    table([("WHEN (UTC)", "WHO", "WHAT", "WHOM", "DETAIL"), *rows])


def _resource(kind: str, name: str) -> Resource:
    from trackline.domain.access import Resource

    return Resource("experiment_name" if kind == "experiment" else "registered_model", name)


def _check_holder(user: str | None, role: str | None) -> None:
    if bool(user) == bool(role):
        raise click.UsageError("Say to whom: --user NAME or --role NAME.")
