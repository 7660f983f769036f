"""`trackline deploy`: the server as a service of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from trackline.cli.deploy_units import BACKUPS, SETTINGS, STATE, Wishes, units
from trackline.cli.options import server_settings

UNITS = Path("/etc/systemd/system")
ENV_FILE = Path("/etc/trackline/trackline.env")
RUNNING = Path("/run/systemd/system")  # is there where systemd is
OFF_LIMITS = ("/home", "/root", "/run/user")  # ProtectHome= hides them from the service
FAILED = 2  # exit code
JOURNAL_LINES = "12"


@click.group()
def deploy() -> None:
    """Run the server as a service.

    \b
    trackline deploy systemd                       show the units, and what each part does
    sudo trackline deploy systemd --install        write them, enable and start
    """


def _pairs(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(one.partition("=")[::2] for one in given)
    for name, file in pairs.items():
        if not name.isidentifier() or not file.startswith("/"):
            raise click.BadParameter(
                "write NAME=/absolute/file, such as AWS_SECRET_ACCESS_KEY=/etc/trackline/s3-secret."
            )
    return pairs


@deploy.command()
@click.option("--user", default="", metavar="NAME", help="Run as this user. Left out: one that systemd makes for it.")
@server_settings("host", "port")
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    default=ENV_FILE,
    show_default=True,
    help="Settings, one NAME=VALUE a line. --install makes one with examples where there is none.",
)
@click.option(
    "--credential",
    "credentials",
    multiple=True,
    metavar="NAME=FILE",
    callback=_pairs,
    help="A secret in a file that only root can read, such as AWS_SECRET_ACCESS_KEY=/etc/trackline/s3-secret; the "
    "service gets it as NAME_FILE. May be repeated.",
)
@click.option(
    "--writable", multiple=True, metavar="FOLDER", help="A folder that it may write to, too, such as /srv/artifacts."
)
@click.option(
    "--backup-to",
    default=f"/var/lib/{BACKUPS}",
    show_default=True,
    metavar="DEST",
    help="Where the daily backups go: better to another machine, such as s3://backups/trackline.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the units to this folder, and install nothing.",
)
@click.option("--install", is_flag=True, help="Write the units, enable and (re)start them: for an upgrade, too.")
@click.option("--uninstall", is_flag=True, help="Stop and remove them. Settings and data stay.")
def systemd(env_file: Path, output: Path | None, install: bool, uninstall: bool, **given: Any) -> None:
    """Trackline under systemd: show the units, write them, or install them.

    The port is a .socket unit, so that a restart refuses nobody. The server tells systemd when it answers, and is
    started anew when it no longer does. Data are in /var/lib/trackline; there is a backup each day, and each week what
    was deleted a month ago is removed.

    \b
    trackline deploy systemd
    sudo trackline deploy systemd --install --host 0.0.0.0 --credential AWS_SECRET_ACCESS_KEY=/etc/trackline/s3-secret
    sudo trackline deploy systemd --uninstall
    """
    executable = str(Path(sys.executable).with_name("trackline"))
    wished = units(Wishes(executable=executable, env_file=str(env_file.absolute()), **given))
    if uninstall:
        _needs_root_and_systemd()
        _uninstall(wished, env_file)
    elif install:
        _needs_root_and_systemd()
        _check_place(executable)
        _install(wished, env_file, given["backup_to"])
    elif output:
        output.mkdir(parents=True, exist_ok=True)
        for name, text in wished.items():
            (output / name).write_text(text, encoding="utf-8")
        click.echo(f"{', '.join(wished)} are in {output}. Try them: systemd-analyze verify {output}/*")
    else:
        click.echo("\n".join(f"##### {UNITS / name}\n{text}" for name, text in wished.items()))
        click.echo("Nothing was changed. To write, enable and start these: the same command with sudo and --install")


def _install(wished: dict[str, str], env_file: Path, backup_to: str) -> None:
    if not env_file.exists():
        env_file.parent.mkdir(parents=True, exist_ok=True)
        env_file.touch(0o600)
        env_file.write_text(SETTINGS, encoding="utf-8")
    elif env_file.stat().st_mode & 0o077:
        click.echo(f"Warning: others can read {env_file}. If it holds secrets: chmod 600 {env_file}", err=True)
    socket = UNITS / "trackline.socket"
    has_moved = socket.exists() and socket.read_text(encoding="utf-8") != wished[socket.name]
    for name, text in wished.items():
        (UNITS / name).write_text(text, encoding="utf-8")
    _systemctl("daemon-reload")
    _systemctl("enable", "--quiet", *(name for name, text in wished.items() if "[Install]" in text))
    if has_moved:
        _systemctl("stop", socket.name)
    _systemctl("start", socket.name)
    _systemctl("restart", "trackline.service")
    _systemctl("start", *(name for name in wished if name.endswith(".timer")))
    click.echo(
        f"""Trackline runs, and will after a reboot.
  Settings   {env_file}, then: systemctl restart trackline
  Data       /var/lib/{STATE}
  Backups    {backup_to}, daily; try one: systemctl start trackline-backup
  How it is  systemctl status trackline
  Log        journalctl -u trackline -f
  Stop       systemctl stop trackline.socket (the port, and so the server)
  Upgrade    {Path(sys.executable).with_name("pip")} install . in a newer copy of the project, then this again"""
    )


def _uninstall(wished: dict[str, str], env_file: Path) -> None:
    there = [name for name in wished if (UNITS / name).exists()]
    if not there:
        click.echo(f"There is nothing to remove: {', '.join(wished)} are not in {UNITS}.")
        return
    _systemctl("disable", "--quiet", "--now", *there)
    for name in there:
        (UNITS / name).unlink()
    _systemctl("daemon-reload")
    click.echo(f"{', '.join(there)} are stopped and removed. What stays: /var/lib/{STATE} and {env_file}.")


def _systemctl(*arguments: str) -> None:
    if subprocess.run(["systemctl", *arguments], check=False).returncode:
        subprocess.run(["journalctl", "-u", "trackline", "-n", JOURNAL_LINES, "--no-pager", "-o", "cat"], check=False)
        _give_up(
            f"systemctl {' '.join(arguments)} failed; above is what the log says.",
            "Mend it and run this again; --uninstall takes the units away.",
        )


def _needs_root_and_systemd() -> None:
    if not RUNNING.is_dir() or not shutil.which("systemctl"):
        _give_up("systemd does not run on this machine.", "Start `trackline server` by what starts services here.")
    if os.geteuid() != 0:
        _give_up("Only root can change services.", "Run it with sudo.")


def _check_place(executable: str) -> None:
    """The service must be able to reach the program, and the Python that it runs on."""
    for path in (Path(executable), Path(sys.executable).resolve()):
        if str(path).startswith(tuple(f"{folder}/" for folder in OFF_LIMITS)):
            _give_up(
                f"{path} is in somebody's home, where a service should not and cannot look.",
                "Install Trackline for the machine: python3 -m venv /opt/trackline && /opt/trackline/bin/pip install . "
                "in a copy of the project; then run /opt/trackline/bin/trackline deploy systemd --install.",
            )


def _give_up(message: str, hint: str) -> NoReturn:
    click.echo(f"trackline deploy: {message} {hint}", err=True)
    sys.exit(FAILED)
