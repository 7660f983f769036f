"""The units of systemd that `trackline deploy systemd` writes. Their comments are what it explains."""

from __future__ import annotations

from string import Template
from typing import NamedTuple

STATE = "trackline"  # below /var/lib

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
Restart=on-failure
RestartSec=1
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

_SANDBOX = Template("""\
# Database and artifacts are in /var/lib/$state, unless the settings say otherwise.
$user
StateDirectory=$state
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
    files of secrets by the variable that each stands for.
    """

    executable: str
    host: str
    port: int
    user: str
    env_file: str
    credentials: dict[str, str]
    writable: tuple[str, ...]


def units(wishes: Wishes) -> dict[str, str]:
    """The text of each unit, by name."""
    host = f"[{wishes.host}]" if ":" in wishes.host else wishes.host
    return {
        "trackline.socket": _SOCKET.substitute(address=f"{host}:{wishes.port}"),
        "trackline.service": _SERVICE.substitute(
            executable=wishes.executable,
            env_file=wishes.env_file,
            credentials="".join(
                f"LoadCredential={name}:{file}\nEnvironment={name}_FILE=%d/{name}\n"
                for name, file in wishes.credentials.items()
            ),
            sandbox=_sandbox(wishes),
        ),
    }


def _sandbox(wishes: Wishes) -> str:
    return _SANDBOX.substitute(
        state=STATE,
        user=f"User={wishes.user}" if wishes.user else "DynamicUser=yes",
        writable="".join(f"ReadWritePaths={folder}\n" for folder in wishes.writable),
    )
