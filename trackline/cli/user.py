"""`trackline user`: who may sign in."""

from __future__ import annotations

import click

from trackline.cli.accounts import day, done, hashed, new_password, on_database, table

PERMISSIONS = ("READ", "EDIT", "MANAGE", "NO_PERMISSIONS", "SERVER")
password_file = click.option("--password-file", metavar="FILE", help="Read the password there; - is stdin.")


@click.group()
def user() -> None:
    """Who may sign in. With the first user, everybody has to.

    The commands work on the database itself, whether or not a server runs on it; a running server knows of a change
    within a second.

    \b
    trackline user create ann --admin                  asks for the password
    trackline user create ci --service                 a program: give it a token
    trackline user list
    """


@user.command()
@click.argument("name")
@click.option("--admin", is_flag=True, help="May do everything, and manage users. The first user must be one.")
@click.option("--service", is_flag=True, help="A program: it has tokens (trackline token create) and no password.")
@password_file
@on_database
def create(name: str, admin: bool, service: bool, password_file: str | None, backend_store_uri: str) -> None:
    """Make a user.

    \b
    trackline user create ann --admin
    trackline user create bob --password-file /run/secrets/bob
    """
    from trackline.domain.access import check_user_name
    from trackline.domain.errors import InvalidParameter
    from trackline.store.access.users import NewUser, create_user

    try:
        check_user_name(name)
    except InvalidParameter as error:
        raise click.UsageError(error.message) from None
    password = None if service else hashed(new_password(password_file))
    done(backend_store_uri, create_user, NewUser(name, password, is_admin=admin, is_service=service))
    click.echo(f"{'Administrator' if admin else 'Program' if service else 'User'} {name} was made.")


@user.command("list")
@on_database
def list_all(backend_store_uri: str) -> None:
    """Show all users.

    \b
    trackline user list
    """
    from trackline.store.access.users import list_users

    rows = [("NAME", "KIND", "DEFAULT", "SINCE", "DISABLED")]
    for one in done(backend_store_uri, list_users):
        kind = "administrator" if one.is_admin else "program" if one.is_service else "user"
        default = one.default_permission or "-"
        rows.append((one.username, kind, default, day(one.created_ms), day(one.disabled_ms)))
    table(rows)


@user.command()
@click.argument("name")
@password_file
@on_database
def password(name: str, password_file: str | None, backend_store_uri: str) -> None:
    """Change a password. Sessions of the user end; tokens stay.

    \b
    trackline user password bob
    """
    from trackline.store.access.users import set_password

    done(backend_store_uri, set_password, name, hashed(new_password(password_file)))
    click.echo(f"The password of {name} was changed.")


@user.command()
@click.argument("name")
@on_database
def disable(name: str, backend_store_uri: str) -> None:
    """Refuse the user from now on, whatever they present.

    \b
    trackline user disable bob
    """
    from trackline.store.access.users import set_disabled

    done(backend_store_uri, set_disabled, name, True)
    click.echo(f"{name} is refused from now on.")


@user.command()
@click.argument("name")
@on_database
def enable(name: str, backend_store_uri: str) -> None:
    """Let a disabled user in again, with password and tokens as before.

    \b
    trackline user enable bob
    """
    from trackline.store.access.users import set_disabled

    done(backend_store_uri, set_disabled, name, False)
    click.echo(f"{name} may sign in again.")


@user.command()
@click.argument("name")
@on_database
def promote(name: str, backend_store_uri: str) -> None:
    """Make the user an administrator.

    \b
    trackline user promote bob
    """
    from trackline.store.access.users import set_admin

    done(backend_store_uri, set_admin, name, True)
    click.echo(f"{name} is an administrator.")


@user.command()
@click.argument("name")
@on_database
def demote(name: str, backend_store_uri: str) -> None:
    """Take an administrator's rights; the last one keeps them.

    \b
    trackline user demote bob
    """
    from trackline.store.access.users import set_admin

    done(backend_store_uri, set_admin, name, False)
    click.echo(f"{name} is no administrator any more.")


@user.command()
@click.argument("name")
@click.argument("permission", type=click.Choice(PERMISSIONS))
@on_database
def default(name: str, permission: str, backend_store_uri: str) -> None:
    """What the user may do where nothing is granted; SERVER is what --default-permission says.

    \b
    trackline user default bob READ
    """
    from trackline.domain.access import Permission
    from trackline.store.access.users import set_default_permission

    chosen = None if permission == "SERVER" else Permission[permission]
    done(backend_store_uri, set_default_permission, name, chosen)
    click.echo(f"Where nothing is granted, {name} has {permission if chosen is not None else 'what the server says'}.")


@user.command()
@click.argument("name")
@on_database
def delete(name: str, backend_store_uri: str) -> None:
    """Delete the user, with tokens and permissions. What they logged stays.

    \b
    trackline user delete bob
    """
    from trackline.store.access.users import delete_user

    done(backend_store_uri, delete_user, name)
    click.echo(f"{name} was deleted.")
