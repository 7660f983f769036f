"""Settings of the server as options of a command."""

from __future__ import annotations

from collections.abc import Callable

import click

from trackline.settings import SETTINGS, UnreadableSetting, variable

Command = Callable[..., None]


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
