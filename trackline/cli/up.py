"""`trackline up`: the server, and JupyterLab beside it, on one machine without containers."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import click
import msgspec

from trackline.cli.options import server_settings
from trackline.cli.server import reachable
from trackline.settings import NOTEBOOKS_URL, environment_with

if TYPE_CHECKING:
    from trackline.cli.up_parts import Part, Shown

STATUS = Path("trackline-up.json")  # in the current folder while it runs
NOTEBOOKS_LOG = Path("trackline-notebooks.log")
PLACED = ("host", "port", "static_prefix", "ssl_certfile")  # settings that say where the server is
FAILED, NOT_ALL_ANSWER = 2, 1  # exit codes
STYLES = {"answers": "green", "starting": "yellow", "silent": "red", "ended": "red"}

UP = """Run the server, and with --notebooks JupyterLab beside it, until Ctrl-C; what ends by itself is started again.

Options that are not listed here go to the server: see `trackline server --help`. Notebooks find the server by
themselves (MLFLOW_TRACKING_URI). They are opened at /notebooks of the server, which sends those on who may: everybody
while nobody has to sign in, and then administrators, since a notebook can do whatever you can on this machine.

\b
trackline up --notebooks
trackline up --notebooks --artifacts-destination s3://mlflow --port 5001
trackline up --status                             in the same folder: do all parts answer?
"""


@click.command(help=UP, context_settings={"ignore_unknown_options": True})
@click.option("--notebooks", is_flag=True, help="JupyterLab as well (pip install 'trackline[notebooks]').")
@click.option("--notebooks-port", type=int, default=8888, show_default=True, metavar="NUMBER", help="Where it listens.")
@click.option(
    "--notebooks-folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("notebooks"),
    show_default=True,
    help="Where notebooks are kept; made if it is not there.",
)
@click.option("--status", is_flag=True, help="Show the parts that run here, and end with 0 if all answer.")
@server_settings(*PLACED)
@click.argument("server_options", nargs=-1, type=click.UNPROCESSED, metavar="[SERVER OPTIONS]")
def up(notebooks: bool, status: bool, notebooks_port: int, notebooks_folder: Path, **given: Any) -> None:
    if status:
        _show_status()
        return
    prefix, host = given["static_prefix"].rstrip("/"), reachable(given["host"])
    url = f"{'https' if given['ssl_certfile'] else 'http'}://{host}:{given['port']}{prefix}"
    if not notebooks:
        _run([_server(url, given, "")])
        return
    token = secrets.token_urlsafe(32)
    beside = f"http://{host}:{notebooks_port}{prefix}/jupyter/"
    environment = environment_with(MLFLOW_TRACKING_URI=url, JUPYTER_TOKEN=token)
    jupyter = _jupyter(beside, given["host"], notebooks_folder, environment)
    click.echo(f"Notebooks are opened at {url}/notebooks, kept in {notebooks_folder}/ and logged to {NOTEBOOKS_LOG}.")
    _run([_server(url, given, f"{beside}lab?token={token}"), jupyter])


def _run(parts: list[Part]) -> None:
    from trackline.cli.up_parts import CouldNotStart, Parts

    with STATUS.open("a+b") as file:
        if not _is_mine(file):
            _give_up("It runs in this folder already.", "See: trackline up --status")
        try:
            asyncio.run(Parts(parts, lambda shown: _note(file, shown)).run())
        except CouldNotStart as error:
            said = f"{error.part.log} says why." if error.part.log else "What it wrote last says why."
            _give_up(f"{error.part.name} ended with exit code {error.code} before it answered.", said)
        finally:
            STATUS.unlink(missing_ok=True)


def _server(url: str, given: dict[str, Any], notebooks_url: str) -> Part:
    from trackline.cli.up_parts import Part

    flags = [f"--{name.replace('_', '-')}={given[name]}" for name in PLACED]
    command = [sys.executable, "-m", "trackline", "server", *flags, *given["server_options"]]
    environment = environment_with(**{NOTEBOOKS_URL.variables[0]: notebooks_url})
    return Part("server", command, environment, url, f"{url}/health")


def _jupyter(url: str, host: str, folder: Path, environment: dict[str, str]) -> Part:
    from trackline.cli.up_parts import Part

    beside_us = Path(sys.executable).with_name("jupyter-lab")
    program = str(beside_us) if beside_us.exists() else shutil.which("jupyter-lab")
    if program is None:
        _give_up("JupyterLab is not installed.", "Install it: pip install 'trackline[notebooks]'")
    folder.mkdir(parents=True, exist_ok=True)
    address = urlsplit(url)
    options = {
        "ip": host,
        "port": address.port,
        "port_retries": 0,
        "base_url": address.path,
        "root_dir": folder.absolute(),
    }
    command = [program, "--no-browser", *(f"--ServerApp.{name}={value}" for name, value in options.items())]
    if os.geteuid() == 0:
        command.append("--allow-root")
    return Part("notebooks", command, environment, url, f"{url}api", NOTEBOOKS_LOG)


def _is_mine(file: IO[bytes]) -> bool:
    """Whether nobody else holds the file, who would hold it for as long as they live."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _note(file: IO[bytes], shown: list[Shown]) -> None:
    """Keep what `--status` shows."""
    file.truncate(0)
    file.write(msgspec.json.encode(shown))
    file.flush()
    for part in shown:
        if part.state == "ended":
            click.echo(f"trackline up: {part.name} ended, and is started again.", err=True)


def _show_status() -> None:
    from rich.console import Console
    from rich.table import Table

    from trackline.cli.up_parts import Shown, look_again

    try:
        with STATUS.open("rb") as file:
            found = None if _is_mine(file) else msgspec.json.decode(file.read(), type=list[Shown])
    except FileNotFoundError:
        found = None
    if found is None:
        _give_up("Nothing runs in this folder.", "Start it here: trackline up")
    shown = asyncio.run(look_again(found))
    table = Table("part", "state", "address", "process", "starts", "since")
    for part in shown:
        since = datetime.fromtimestamp(part.since).astimezone().isoformat(" ", "seconds")
        state = f"[{STYLES[part.state]}]{part.state}"
        table.add_row(part.name, state, part.url, str(part.pid), str(part.starts), since)
    Console().print(table)
    sys.exit(0 if all(part.state == "answers" for part in shown) else NOT_ALL_ANSWER)


def _give_up(message: str, hint: str) -> NoReturn:
    click.echo(f"trackline up: {message} {hint}", err=True)
    sys.exit(FAILED)
