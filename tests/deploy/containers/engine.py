"""A Docker engine of the tests' own, in a network namespace of its own, so that nothing of the machine's is touched.

Containers reach the outside by slirp4netns, as far as the machine itself does. No image is pulled: the base image is
made of Debian's packages by mmdebstrap, under the name by which the Dockerfiles ask for it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests.servers import ROOT, clean_environment

BASE = "debian:bookworm-slim"
BASES = ROOT / ".cache" / "deploy"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
PACKAGES = "docker.io docker-compose mmdebstrap slirp4netns"
# Debian's own: another docker before them on the PATH may have no builder.
DOCKER, COMPOSE = "/usr/bin/docker", "/usr/bin/docker-compose"
PROGRAMS = (DOCKER, COMPOSE, "dockerd", "mmdebstrap", "slirp4netns", "nsenter", "ip")
START_SECONDS = 60.0
BUILD_SECONDS = 1800  # less than what `make test-deploy` gives a test
STOP_SECONDS = 60.0


class EngineMissing(Exception):
    """No engine can be started here; the message is one sentence that says why and what helps."""


class Engine(NamedTuple):
    namespace: str
    socket: Path

    def run(self, *command: str, seconds: float = BUILD_SECONDS) -> str:
        """What the command prints, run in the engine's network with DOCKER_HOST set. Fails with all that it said."""
        environment = clean_environment(DOCKER_HOST=f"unix://{self.socket}", LC_ALL="C.UTF-8")
        done = subprocess.run(
            ["nsenter", f"--net=/run/netns/{self.namespace}", *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def docker(self, *arguments: str) -> str:
        return self.run(DOCKER, *arguments).strip()


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """A running engine without images; all that it has is below `folder`, and goes with it.

    Raises EngineMissing.
    """
    _check()
    made = Engine(f"trackline-{uuid.uuid4().hex[:8]}", folder / "docker.sock")
    _must("ip", "netns", "add", made.namespace)
    try:
        _must("ip", "-n", made.namespace, "link", "set", "lo", "up")
        made.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        with _network(made, folder), _daemon(made, folder):
            yield made
    finally:
        for line in Path("/proc/mounts").read_text().splitlines():
            if (mount := line.split()[1]).startswith(str(folder)):
                _must("umount", "--lazy", mount)
        _must("ip", "netns", "delete", made.namespace)
        shutil.rmtree(folder, ignore_errors=True)


def _check() -> None:
    if os.geteuid():
        raise EngineMissing("A Docker engine in a namespace of its own needs root.")
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise EngineMissing(
            f"{', '.join(missing)} not found; on Debian or Ubuntu: apt-get install --no-install-recommends {PACKAGES}"
        )


@contextmanager
def _network(made: Engine, folder: Path) -> Iterator[None]:
    namespace = f"/run/netns/{made.namespace}"
    command = ["slirp4netns", "--configure", "--mtu=1400", "--disable-host-loopback", "--netns-type=path", namespace]
    with _process([*command, "tap0"], folder / "slirp.log"):
        yield


@contextmanager
def _daemon(made: Engine, folder: Path) -> Iterator[None]:
    command = [
        *("nsenter", f"--net=/run/netns/{made.namespace}", "dockerd", "--storage-driver", "overlay2"),
        *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
        *("--host", f"unix://{made.socket}", "--pidfile", str(folder / "docker.pid")),
    ]
    with _process(command, folder / "dockerd.log"):
        deadline = time.monotonic() + START_SECONDS
        while not made.socket.exists():
            assert time.monotonic() < deadline, (folder / "dockerd.log").read_text()
            time.sleep(0.1)
        try:
            yield
        finally:
            if running := made.docker("ps", "--quiet").split():
                made.docker("kill", *running)


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink)
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        process.kill()
        process.wait()


def import_base(made: Engine) -> None:
    """Debian's smallest, with the certificates that this machine trusts for what is fetched while images are built."""
    recipe = [
        *("mmdebstrap", "--quiet", "--variant=minbase", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"),
        *(f"--dpkgopt=path-exclude=/usr/share/{kind}/*" for kind in ("doc", "info", "locale", "man")),
        *(f"--customize-hook=copy-in {AUTHORITIES} /usr/local/share", "bookworm"),
    ]
    base = BASES / f"bookworm-{hashlib.sha256(' '.join(recipe).encode()).hexdigest()[:8]}.tar"
    if not base.exists():
        base.parent.mkdir(parents=True, exist_ok=True)
        unfinished = base.with_suffix(".unfinished.tar")
        _must(*recipe, str(unfinished))
        unfinished.rename(base)
    trusted = " ".join(
        f"{variable}=/usr/local/share/{AUTHORITIES.name}"
        for variable in ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
    )
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    made.docker("import", "--change", f"ENV {path} {trusted}", str(base), BASE)


def _must(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
