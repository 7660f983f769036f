"""Settings of the server as options of a command."""

from __future__ import annotations

from collections.abc import Callable

import click

from trackline.settings import SETTINGS

Command = Callable[..., None]


def server_settings(*names: str) -> Callable[[Command], Command]:
    """The settings of these names, or all of them, with their variables, defaults and help."""

    def with_options(command: Command) -> Command:
        for setting in reversed([one for one in SETTINGS if one.name in names or not names]):
            command = click.option(
                setting.flag,
                setting.name,
                default=setting.default,
                help=setting.help,
                metavar=setting.metavar,
                envvar=list(setting.env),
                show_default=setting.default != "",
                show_envvar=True,
            )(command)
        return command

    return with_options
