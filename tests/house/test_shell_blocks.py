"""The shell lines of README and guides: all are sound, our commands exist with these flags, and what can run here runs.

Not run here: what needs Docker, a cluster, systemd or an identity provider, and what is in the middle of a story with
users, models or runs of its own. Those have tests of their own beside the command.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from tests.contract.arrangements.stage import BUCKET, make_bucket
from tests.object_stores import S3Server, moto_server, or_skip
from tests.servers import ROOT, clean_environment, free_port, started
from trackline.cli.main import main

GUIDES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DONE = "pip install ."
RUN_HERE = re.compile(rf"(export [A-Z0-9_]+=|trackline (server|migrate|artifacts)\b|{re.escape(DONE)}$)[^…]*$")
ELSEWHERE = ("/etc/", "/run/", "/srv/", "--oidc-")
STORE = "http://127.0.0.1:9000"
OURS = [sys.executable, "-m", "trackline"]


class Block(NamedTuple):
    guide: str
    text: str

    @property
    def lines(self) -> list[str]:
        joined = self.text.replace("\\\n", " ")
        return [line.partition("  #")[0].strip() for line in joined.splitlines() if line.strip() and line[0] != "#"]

    def __str__(self) -> str:
        return f"{self.guide}: {self.lines[0][:60]}"


BLOCKS = [Block(guide.name, text) for guide in GUIDES for text in BLOCK.findall(guide.read_text())]
RUNNABLE = [
    block
    for block in BLOCKS
    if all(RUN_HERE.match(line) and not any(word in line for word in ELSEWHERE) for line in block.lines)
    and any(line.startswith("trackline") for line in block.lines)
]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_is_sound(block: Block) -> None:
    checked = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_our_commands_exist_with_these_flags(block: Block) -> None:
    for line in block.lines:
        for part in re.split(r" (?:&&|\|) |^[A-Z_]+=\S+ ", line):
            if part.startswith("trackline "):
                understood(shlex.split(part.rstrip(" &"))[1:])


def understood(arguments: list[str]) -> None:
    """Raises click.UsageError where an option or argument is unknown or missing. Nothing is done."""
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None and name is not None
        command, context = found, click.Context(found, context, name)
    command.make_context(command.name, arguments, context.parent, resilient_parsing=False)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with or_skip(moto_server(tmp_path_factory.mktemp("moto"))) as store:
        make_bucket(store, BUCKET)
        yield store


@pytest.mark.parametrize("block", RUNNABLE, ids=str)
def test_what_can_run_here_runs(block: Block, store: S3Server, tmp_path: Path) -> None:
    variables = store.environment()
    with ExitStack() as servers:
        for line in block.lines:
            words = shlex.split(line.replace(STORE, store.url))
            if line == DONE:
                continue
            if words[0] == "export":
                name, _, value = words[1].partition("=")
                variables[name] = value
            elif words[1] == "server":
                servers.close()  # one after another: they are the reader's choices
                serve(servers, words[2:], variables, tmp_path)
            else:
                command = [*OURS, *words[1:]]
                environment = clean_environment(PYTHONPATH=str(ROOT), **variables)
                done = subprocess.run(
                    command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stdout + done.stderr


def serve(servers: ExitStack, flags: list[str], variables: dict[str, str], folder: Path) -> None:
    """On this machine only, at a free port; it has to answer, and end well."""
    port = free_port()
    shown = ["127.0.0.1" if flag == "0.0.0.0" else flag for flag in flags]
    servers.enter_context(
        started([*OURS, "server", *shown, "--port", str(port)], f"http://127.0.0.1:{port}", folder, variables)
    )
