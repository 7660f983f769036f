"""The units of systemd that `trackline deploy systemd` writes. Their comments are what it explains."""

from __future__ import annotations

from string import Template
from typing import NamedTuple

STATE = "trackline"  # below /var/lib
BACKUPS = "trackline-backups"  # likewise, unless they go elsewhere

_SOCKET = Template("""\
# The port. systemd holds it, also while the server is started anew: who connects then waits, and is not refused.
[Unit]
Description=Trackline: the port

[Socket]
ListenStream=$address
Backlog=1024
# However often the server fails to start, the port stays.
TriggerLimitIntervalSec=0

[Install]
WantedBy=sockets.target
""")

_SERVICE = Template("""\
# The server. It takes the port from trackline.socket; TRACKLINE_HOST and TRACKLINE_PORT do nothing here.
[Unit]
Description=Trackline: tracking server for machine learning
Requires=trackline.socket
After=trackline.socket network-online.target
Wants=network-online.target
# It is started again for ever: a database that is away comes back.
StartLimitIntervalSec=0

[Service]
# The server says when it answers (a migration may take its time before) ...
Type=notify
NotifyAccess=main
TimeoutStartSec=infinity
# ... and goes on saying so, each time after its database's writer has answered. Silent for a minute, it is started
# anew; where each thread stood then is in the journal.
WatchdogSec=60
Environment=PYTHONFAULTHANDLER=1
# Killed, it is started again at once; if it ended because it could not start or go on, a moment later.
Restart=on-failure
RestartSec=100ms
ExecStopPost=/bin/sh -c 'test "$$$$SERVICE_RESULT" != exit-code || sleep 2'
# SIGTERM: requests in flight are finished, which they have half a minute for.
KillMode=mixed
TimeoutStopSec=45
ExecStart=$executable server

# Settings, one NAME=VALUE a line; secrets are better off as credentials, which only this service can read.
EnvironmentFile=$env_file
$credentials
$sandbox

[Install]
WantedBy=multi-user.target
Also=trackline.socket
""")

_CHORE = Template("""\
# $title, by $name.timer or: systemctl start $name
[Unit]
Description=Trackline: $title
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
Nice=10
IOSchedulingClass=idle
ExecStart=$executable $command

# The settings and secrets of the server.
EnvironmentFile=$env_file
$credentials
$sandbox
""")

_TIMER = Template("""\
# When $name.service runs; what was missed while the machine was off is made up for.
[Unit]
Description=Trackline: $title, $often

[Timer]
OnCalendar=$often
RandomizedDelaySec=1h
Persistent=yes

[Install]
WantedBy=timers.target
""")

_SANDBOX = Template("""\
# Database and artifacts are in /var/lib/$state, unless the settings say otherwise.
$user
StateDirectory=$folders
StateDirectoryMode=0700
WorkingDirectory=%S/$state
UMask=0077
LimitNOFILE=8192
# It sees and changes nothing else of this machine.
ProtectSystem=strict
${writable}ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
KeyringMode=private
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM""")

SETTINGS = """\
# Settings of the server that trackline.service starts: NAME=VALUE, see `trackline server --help`. After a change:
#   systemctl restart trackline
# The address is not set here but by `trackline deploy systemd --host … --port … --install`.

#TRACKLINE_BACKEND_STORE_URI=postgresql://trackline@db.example.org/trackline
#TRACKLINE_WORKERS=4
#TRACKLINE_ARTIFACTS_DESTINATION=s3://mlflow/artifacts
#MLFLOW_S3_ENDPOINT_URL=http://127.0.0.1:9000
#TRACKLINE_PUBLIC_URL=https://tracks.example.org
"""


class Wishes(NamedTuple):
    """What is asked of the units. `user` is "" for one that exists only while the service runs; `credentials` are the
    files of secrets by the variable that each stands for; `backup_to` is a folder or the address of an object store.
    """

    executable: str
    host: str
    port: int
    user: str
    env_file: str
    credentials: dict[str, str]
    writable: tuple[str, ...]
    backup_to: str


def units(wishes: Wishes) -> dict[str, str]:
    """The text of each unit, by name."""
    host = f"[{wishes.host}]" if ":" in wishes.host else wishes.host
    given = {
        "executable": wishes.executable,
        "env_file": wishes.env_file,
        "credentials": _credentials(wishes),
        "sandbox": _sandbox(wishes, STATE, wishes.writable),
    }
    backup = f"backup {wishes.backup_to} --artifacts --keep 14"
    writable = wishes.writable
    if wishes.backup_to.startswith("/") and wishes.backup_to != f"/var/lib/{BACKUPS}":
        writable += (wishes.backup_to,)
    saving = _sandbox(wishes, f"{STATE} {BACKUPS}", writable)
    return {
        "trackline.socket": _SOCKET.substitute(address=f"{host}:{wishes.port}"),
        "trackline.service": _SERVICE.substitute(given),
        **_chore("trackline-backup", "a backup", "daily", given | {"command": backup, "sandbox": saving}),
        **_chore("trackline-gc", "the trash of a month ago is emptied", "weekly", given | {"command": "gc"}),
    }


def _chore(name: str, title: str, often: str, given: dict[str, str]) -> dict[str, str]:
    return {
        f"{name}.service": _CHORE.substitute(given, name=name, title=title),
        f"{name}.timer": _TIMER.substitute(name=name, title=title, often=often),
    }


def _credentials(wishes: Wishes) -> str:
    return "".join(
        f"LoadCredential={name}:{file}\nEnvironment={name}_FILE=%d/{name}\n"
        for name, file in wishes.credentials.items()
    )


def _sandbox(wishes: Wishes, folders: str, writable: tuple[str, ...]) -> str:
    return _SANDBOX.substitute(
        state=STATE,
        folders=folders,
        user=f"User={wishes.user}" if wishes.user else f"DynamicUser=yes\nUser={STATE}",
        writable="".join(f"ReadWritePaths={folder}\n" for folder in writable),
    )
