"""Settings of the server as options of a command."""

from __future__ import annotations

from collections.abc import Callable

import click

from trackline.settings import SETTINGS, UnreadableSetting, variable

Command = Callable[..., None]
# Flags of `mlflow server` that have no counterpart, and what to do instead.
_MLFLOWS = {
    "--app-name": "For people who sign in: trackline user create NAME --admin.",
    "--dev": "Leave it out.",
    "--disable-security-middleware": "Name who may ask with --allowed-hosts and --cors-allowed-origins.",
    "--gunicorn-opts": "Leave it out: one process serves many clients; more, on PostgreSQL, are --workers N.",
    "--registry-store-uri": "Leave it out: the registry is in the database of --backend-store-uri.",
    "--uvicorn-opts": "Leave it out: one process serves many clients; more, on PostgreSQL, are --workers N.",
    "--waitress-opts": "Leave it out: one process serves many clients; more, on PostgreSQL, are --workers N.",
}


class ServerCommand(click.Command):
    """A line for `mlflow server` may be given to it as it is: what of that is not here says what to do instead."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            flag = error.option_name
            if flag not in _MLFLOWS:
                raise
            raise click.UsageError(
                f"{flag} is a flag of `mlflow server` that is not here. {_MLFLOWS[flag]}", ctx
            ) from None


class SettingOption(click.Option):
    """An option whose variables are read as settings.py says, and not as click does."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        try:
            return variable(self.envvar or ())
        except UnreadableSetting as error:
            raise click.UsageError(str(error), ctx) from error


def server_settings(*names: str) -> Callable[[Command], Command]:
    """The settings of these names, or all of them, with their variables, defaults and help."""

    def with_options(command: Command) -> Command:
        for setting in reversed([one for one in SETTINGS if one.name in names or not names]):
            command = click.option(
                setting.flag,
                setting.name,
                cls=SettingOption,
                default=setting.default,
                help=setting.help,
                metavar=setting.metavar,
                envvar=list(setting.env),
                show_default=setting.default != "",
                show_envvar=True,
            )(command)
        return command

    return with_options
