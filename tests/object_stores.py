"""Real object stores on loopback for tests: Ceph RGW (from Debian) and moto's server (from PyPI).

Ceph is the S3 truth: it checks signatures, refuses what S3 refuses and keeps multipart uploads as S3 does.
moto starts in a second or two and checks no signature: good for logic that only needs some store.
"""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import ROOT, clean_environment, free_port

START_SECONDS = 60.0
STOP_SECONDS = 10.0
REGION = "us-east-1"
CEPH_PACKAGES = "radosgw ceph-mon ceph-osd ceph-common"
CEPH_PROGRAMS = ("ceph-mon", "ceph-osd", "monmaptool", "osdmaptool", "radosgw", "radosgw-admin", "openssl")
MOTO = "moto[server]==5.2.5"
MOTO_FOLDER = ROOT / ".cache" / "object-stores" / "moto"

# One monitor, one OSD in memory, one gateway. The short Paxos interval, one placement group for each pool and
# one shard for each log are what makes the start a matter of seconds: the gateway creates its pools one by one.
# The settings of gc let deleted objects leave memory in seconds instead of hours.
CEPH_CONF = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_port}]
mon initial members = a
public network = 127.0.0.0/8
ms bind msgr1 = false
keyring = {folder}/keyring
run dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
mon data = {folder}/mon
osd data = {folder}/osd
mon data avail crit = 0
paxos propose interval = 0.02
paxos min wait = 0.01
auth allow insecure global id reclaim = false
mon allow pool size one = true
mon max pg per osd = 1000
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd objectstore = {objectstore}
memstore device bytes = 17179869184
bluestore block size = 68719476736
[client.rgw.a]
rgw data = {folder}/rgw
rgw frontends = {frontends}
rgw thread pool size = 64
rgw gc max objs = 1
rgw gc obj min wait = 0
rgw gc processor period = 1
rgw gc processor max time = 1
rgw lc max objs = 1
rgw objexp hints num shards = 1
rgw data log num shards = 1
rgw md log max shards = 1
rgw reshard num logs = 1
rgw num control oids = 1
"""

# Every daemon has the same key: `ceph-mon --mkfs` takes them all from this file, and no command has to ask for one.
KEYRING = """
[mon.]
key = {key}
caps mon = "allow *"
[osd.0]
key = {key}
caps mon = "allow profile osd"
caps osd = "allow *"
[client.rgw.a]
key = {key}
caps mon = "allow rw"
caps osd = "allow rwx"
"""


class StoreMissing(Exception):
    """A store cannot be started on this machine; the message is one sentence that says why and what helps."""


@dataclass(frozen=True)
class S3Server:
    """A running store. `https_url` and `ca_file`: the same store over TLS, with the CA that signed for it."""

    url: str
    access_key: str
    secret_key: str
    https_url: str = ""
    ca_file: Path | None = None
    region: str = REGION

    def environment(self) -> dict[str, str]:
        """What boto3, MLflow and awscli read, for plain http."""
        return {
            "MLFLOW_S3_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
        }


@contextmanager
def ceph_rgw(folder: Path, *, on_disk: bool = False) -> Iterator[S3Server]:
    """Ceph's S3 gateway over http and https; `folder` holds configuration and logs, and objects if `on_disk`, which
    else are in memory.

    Raises StoreMissing where its programs are not installed.
    """
    missing = [name for name in CEPH_PROGRAMS if shutil.which(name) is None]
    if missing:
        raise StoreMissing(
            f"Ceph's S3 gateway is not installed ({', '.join(missing)} not found); as root on Debian or Ubuntu: "
            f"apt-get install --no-install-recommends {CEPH_PACKAGES}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    _certificates(folder)
    http, https = free_port(), free_port()
    _write_conf(folder, http, https, "bluestore" if on_disk else "memstore")
    store = S3Server(
        f"http://127.0.0.1:{http}", "AKTEST", "SKTESTSECRET", f"https://127.0.0.1:{https}", folder / "ca.pem"
    )
    with ExitStack() as daemons:
        _start_cluster(folder, daemons)
        daemons.enter_context(_daemon(folder, "radosgw", "-f", "-n", "client.rgw.a"))
        # Both the gateway and radosgw-admin create what is missing, and fall over each other: one after the other.
        _wait_for_answer(store.url, folder)
        _ceph(
            folder,
            *("radosgw-admin", "-n", "client.rgw.a", "user", "create", "--uid=test", "--display-name=test"),
            *(f"--access-key={store.access_key}", f"--secret-key={store.secret_key}"),
        )
        yield store


@contextmanager
def moto_server(folder: Path) -> Iterator[S3Server]:
    """moto's S3, which accepts every key; `folder` holds its log.

    Raises StoreMissing where its environment cannot be made.
    """
    program = _moto_environment() / "bin" / "moto_server"
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with _process([str(program), "-H", "127.0.0.1", "-p", str(port)], folder, "moto"):
        store = S3Server(f"http://127.0.0.1:{port}", "test", "test")
        _wait_for_answer(store.url, folder)
        yield store


@contextmanager
def s3_store(folder: Path) -> Iterator[S3Server]:
    """Ceph's gateway where it is installed, else moto's. Raises StoreMissing where there is neither."""
    with ExitStack() as running:
        try:
            store = running.enter_context(ceph_rgw(folder / "ceph"))
        except StoreMissing as no_ceph:
            try:
                store = running.enter_context(moto_server(folder / "moto"))
            except StoreMissing as no_moto:
                raise StoreMissing(f"{no_ceph} {no_moto}") from no_moto
        yield store


@contextmanager
def or_skip(store: AbstractContextManager[S3Server]) -> Iterator[S3Server]:
    """For fixtures: a store that cannot be started here leaves its tests out, with the reason."""
    try:
        with store as running:
            yield running
    except StoreMissing as missing:
        pytest.skip(str(missing))


def _moto_environment() -> Path:
    """The virtual environment with moto in it, made once and kept until MOTO changes."""
    stamp = MOTO_FOLDER / "installed.txt"
    MOTO_FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with MOTO_FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_text() == MOTO):
            _uv("venv", "--quiet", "--no-project", "--clear", "--python", sys.executable, str(MOTO_FOLDER))
            _uv("pip", "install", "--quiet", "--python", str(MOTO_FOLDER / "bin" / "python"), MOTO)
            stamp.write_text(MOTO)
    return MOTO_FOLDER


def _uv(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise StoreMissing(f"moto cannot be installed here: {done.stderr.strip() or 'uv failed'}")


def _write_conf(folder: Path, http: int, https: int, objectstore: str) -> None:
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()
    frontends = (
        f"beast tcp_nodelay=1 endpoint=127.0.0.1:{http} ssl_endpoint=127.0.0.1:{https} "
        f"ssl_certificate={folder / 'server.pem'} ssl_private_key={folder / 'server.key'}"
    )
    values = {"fsid": uuid.uuid4(), "mon_port": free_port(), "folder": folder, "frontends": frontends}
    (folder / "ceph.conf").write_text(CEPH_CONF.format_map(values | {"objectstore": objectstore}))
    # A Ceph key: type 1 (AES), time of making (seconds, nanoseconds), length, secret.
    key = base64.b64encode(struct.pack("<HIIH", 1, 0, 0, 16) + os.urandom(16)).decode()
    (folder / "keyring").write_text(KEYRING.format(key=key))


def _start_cluster(folder: Path, daemons: ExitStack) -> None:
    """Monitor and OSD. The OSD stands in the first map already, which saves the slow `ceph` commands."""
    conf = (folder / "ceph.conf").read_text()
    fsid = conf.partition("fsid = ")[2].partition("\n")[0]
    monitor = conf.partition("mon host = ")[2].partition("\n")[0]
    _ceph(folder, "monmaptool", "--create", "--fsid", fsid, "--addv", "a", monitor, "mon.map")
    _ceph(folder, "osdmaptool", "--createsimple", "1", "osd.map")
    _ceph(folder, "ceph-mon", "--mkfs", "-i", "a", "--monmap", "mon.map", "--osdmap", "osd.map", "--keyring", "keyring")
    daemons.enter_context(_daemon(folder, "ceph-mon", "-f", "-i", "a"))
    _ceph(folder, "ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", str(uuid.uuid4()))
    daemons.enter_context(_daemon(folder, "ceph-osd", "-f", "-i", "0"))


def _ceph(folder: Path, *command: str) -> None:
    """One of Ceph's own commands, run to its end in `folder`."""
    environment = clean_environment(CEPH_CONF=str(folder / "ceph.conf"))
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )
    assert done.returncode == 0, f"{command[0]} ended with exit code {done.returncode}\n{done.stdout}{done.stderr}"


@contextmanager
def _daemon(folder: Path, *command: str) -> Iterator[None]:
    with _process(list(command), folder, command[0]):
        yield


@contextmanager
def _process(command: list[str], folder: Path, name: str) -> Iterator[None]:
    environment = clean_environment(CEPH_CONF=str(folder / "ceph.conf"))
    with (folder / f"{name}.output").open("wb") as sink:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=sink, stderr=sink)
    try:
        yield
    finally:
        process.kill()  # nothing in a test store is worth an orderly end, which takes seconds
        process.wait(STOP_SECONDS)


def _wait_for_answer(url: str, folder: Path) -> None:
    """Until the store answers HTTP at all: an S3 error is an answer."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with direct.open(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    output = "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(folder.glob("*.output")))
    raise AssertionError(f"no answer from {url} in {START_SECONDS:.0f} s\n{output}")


def _certificates(folder: Path) -> None:
    """A CA of our own and a certificate for 127.0.0.1: rustls takes no certificate that is its own CA."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    _ceph(
        folder,
        *("openssl", "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA"),
        *("-addext", "keyUsage=critical,keyCertSign"),
    )
    _ceph(
        folder,
        *("openssl", "req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", *key, "-keyout", "server.key"),
        *("-out", "server.pem", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
        *("-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"),
    )
