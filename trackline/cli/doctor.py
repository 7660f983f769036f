"""`trackline doctor`: what is wrong with a server's surroundings, and what to do."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from trackline.cli.options import server_settings
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from trackline.jobs.doctor import Finding

WARNED, FAILED = 1, 2  # exit codes
WIDEST = 160  # columns, where no terminal sets a limit

SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}

DOCTOR = """Look at all that a server stands on, and say what is wrong and what to do.

Give the options and variables that the server has (those in the environment are read), as the user that it runs as.
It works while the server runs, and when it cannot start. Nothing is mended or changed; to try the store of
artifacts, a small file is written, read back and deleted.

\b
versions      of the database, and of what speaks to it
start         settings with which no server starts
database      can it be reached and read
schema        is it the one that this program knows
indexes       are all there, and valid
settings      is what was acknowledged on the disk (fsync, synchronous_commit; WAL mode)
connections   does PostgreSQL allow as many as --workers need
bloat         dead rows and old transactions; free pages and the write-ahead log of SQLite
damage        with --deep: the whole SQLite file
read replica  does it follow
artifacts     list, write, read, delete
clock         of database and S3 against this machine's
permissions   may the server write; may others read
disk space    of folders on this machine
open files    does the limit allow as many connections as the server takes
exposure      who reaches it, and how

The exit code is 0 if all is well, 1 with warnings, 2 with errors.

\b
trackline doctor
trackline doctor --backend-store-uri postgresql://trackline@db/trackline --artifacts-destination s3://mlflow --workers 4
trackline doctor --deep                             reads all of an SQLite file as well
trackline doctor --json | jq '.[] | select(.level != "ok")'
"""


@click.command(help=DOCTOR)
@click.option("--deep", is_flag=True, help="Read all of an SQLite file, which takes a while with many gigabytes.")
@click.option(
    "--json", "as_json", is_flag=True, help="A list of objects: check, level (ok, warning, error), found, advice."
)
@server_settings()
def doctor(deep: bool, as_json: bool, **given: Any) -> None:
    from trackline.server.examination import examine

    findings = asyncio.run(examine(ServerSettings(**given), deep))
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], indent=1, ensure_ascii=False))
    else:
        _print(findings)
    levels = {finding.level for finding in findings}
    sys.exit(FAILED if "error" in levels else WARNED if "warning" in levels else 0)


def _print(findings: list[Finding]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    table.add_column()
    table.add_column("check", no_wrap=True)
    table.add_column("found", overflow="fold", ratio=1)
    table.add_column("what to do", overflow="fold", ratio=1)
    for finding in findings:
        sign, style = SIGNS[finding.level]
        table.add_row(Text(sign, style), finding.check, Text(finding.found), Text(finding.advice))
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDEST)
    console.print(table)
