"""Azure's own emulator of its blob store, from npm, on loopback."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from tests.object_stores import StoreMissing
from tests.servers import DIRECT, ROOT, clean_environment, free_port

VERSION = "azurite@3.35.0"
FOLDER = ROOT / ".cache" / "object-stores" / "azurite"
INSTALL_SECONDS = 300.0
START_SECONDS = 60.0

# The one account that every Azurite has; both are public.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """The URL of the account. Raises StoreMissing where Azurite cannot be installed."""
    program = _installed()
    url = f"http://127.0.0.1:{(port := free_port())}/{ACCOUNT}"
    options = ("--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--skipApiVersionCheck")
    with (folder / "azurite.output").open("wb") as sink:
        process = subprocess.Popen(
            ["node", str(program), *options, "--disableTelemetry"],
            cwd=folder,
            env=clean_environment(),
            stdout=sink,
            stderr=sink,
        )
    try:
        _wait(url, process, folder)
        yield url
    finally:
        process.kill()
        process.wait()


def make_container(url: str, name: str) -> None:
    """Source: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key"""
    headers = {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True), "x-ms-version": "2021-08-06"}
    lines = [f"{header}:{value}" for header, value in headers.items()]
    signed = "\n".join(["PUT", *[""] * 11, *lines, f"/{ACCOUNT}/{ACCOUNT}/{name}", "restype:container"])
    signature = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}"
    request = urllib.request.Request(f"{url}/{name}?restype=container", method="PUT", headers=headers)  # noqa: S310
    with DIRECT.open(request, timeout=30):
        return


def _installed() -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise StoreMissing("Azure's emulator needs Node.js (node and npm not found)")
    program = FOLDER / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    stamp = FOLDER / "installed.txt"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_text() == VERSION):
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(FOLDER), VERSION],
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
            if done.returncode:
                raise StoreMissing(f"Azure's emulator cannot be installed here: {done.stderr.strip()[-300:]}")
            stamp.write_text(VERSION)
    return program


def _wait(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with DIRECT.open(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"no answer from {url}\n{(folder / 'azurite.output').read_text(errors='replace')[-2000:]}")
