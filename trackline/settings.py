"""The one list of settings. A flag of `trackline server`, an environment variable and the table in
docs/settings.md each come from here; nothing else reads the environment.

Where MLflow has the same setting it has the same name here, flag and variable, so that a line from an
MLflow guide works with one word changed. A `TRACKLINE_` variable wins over the `MLFLOW_` one. Each may be
given by a file as well, which the variable with `_FILE` at its end names: for secrets in containers and
under systemd.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple


def _setting(
    default: Any,
    help: str,  # noqa: A002 click's own word
    metavar: str | None = None,
    mlflow: str | None = None,
) -> Any:
    """`mlflow` is the variable of MLflow's with the same meaning, where its name is not made like the others."""
    return field(default=default, metadata={"help": help, "metavar": metavar, "mlflow": mlflow})


@dataclass(frozen=True)
class ServerSettings:
    """The settings of one server, as given; what they mean is found out when it starts."""

    backend_store_uri: str = _setting(
        "sqlite:///trackline.db",
        "Where experiments, runs and metrics are kept. sqlite:///FILE is relative to the current folder, "
        "sqlite:////FILE (four slashes) is absolute. Or postgresql://USER:PASSWORD@HOST/DATABASE.",
        "URI",
    )
    read_replica_backend_store_uri: str = _setting(
        "",
        "A streaming replica of the PostgreSQL database: searches, histories and pages are read there, as soon as it "
        "has all that was committed before. Where it is away or behind, the database itself reads.",
        "URI",
    )
    artifacts_destination: str = _setting(
        "",
        "Where the server keeps the artifacts that clients send through it: a folder, s3://BUCKET/PREFIX, gs://… or "
        "wasbs://…. Left out: the default artifact root if one is given, else ./trackline-artifacts.",
        "URI",
    )
    default_artifact_root: str = _setting(
        "",
        "Where the artifacts of new experiments go. Left out: through this server (mlflow-artifacts:/), so that "
        "clients need no keys. s3://BUCKET/PREFIX: clients write there themselves, with keys of their own.",
        "URI",
    )
    serve_artifacts: bool = _setting(True, "Take and serve artifacts for the clients.")
    artifacts_only: bool = _setting(False, "Serve artifacts and nothing else; another server does the tracking.")
    presigned_urls: bool = _setting(
        False,
        "Send clients of MLflow 3 straight to the object store for large files, by URLs that hold for a while. They "
        "must be able to reach it; otherwise all bytes go through this server.",
    )
    host: str = _setting(
        "127.0.0.1", "The address to listen on; 0.0.0.0 is every network this machine is on.", "ADDRESS"
    )
    port: int = _setting(5000, "The port to listen on.", "NUMBER")
    workers: int = _setting(
        1,
        "Server processes, on PostgreSQL: about one for each core. SQLite has one writer, so it takes exactly one.",
        "NUMBER",
    )
    static_prefix: str = _setting("", "The path under which a proxy shows this server, such as /trackline.", "PATH")
    webhook_allowed_schemes: str = _setting(
        "https", "Schemes of the addresses that webhooks may have, by commas: `https`, or `http,https`.", "SCHEMES"
    )
    webhook_allow_private_ips: bool = _setting(
        False,
        "Send webhooks also to addresses that are not public: this machine, its network. Whoever can make webhooks can "
        "then make the server send requests there.",
    )
    backup_to: str = _setting(
        "",
        "Where the server keeps backups that it makes by itself: a folder, s3://BUCKET/PREFIX, gs://… or wasbs://….",
        "URI",
    )
    backup_every: int = _setting(24, "Hours from one backup to the next.", "HOURS")
    backup_keep: int = _setting(7, "How many of its backups stay; older ones are thrown away.", "NUMBER")
    backup_artifacts: bool = _setting(
        False, "Back up artifacts as well; those that have not changed are not copied again."
    )
    trash_retention: int = _setting(
        0,
        "Days after which what was deleted is removed for good, rows and files, by the server itself; 0 is never: then "
        "`trackline gc` does it when it is told to.",
        "DAYS",
    )
    fail_silent_after: int = _setting(
        0,
        "Hours after which a run that is RUNNING and of which no client has said anything is FAILED, with the tag "
        "trackline.silentSince; 0 is never.",
        "HOURS",
    )
    default_permission: str = _setting(
        "READ",
        "What people who signed in may do with experiments and models on which nothing is granted to them: READ, EDIT, "
        "MANAGE or NO_PERMISSIONS.",
        "PERMISSION",
    )
    require_sign_in: bool = _setting(
        False,
        "Everybody has to sign in from the start, not only from the first user on. While there are no users, each "
        "start shows a secret by which the first administrator can be made, once, within a day.",
    )
    allow_anonymous: bool = _setting(
        False,
        "Let everybody who reaches the port read, change and delete everything. Without it, and without users, the "
        "server only listens on 127.0.0.1.",
    )
    public_url: str = _setting(
        "",
        "The address that people open, as a proxy shows it, such as https://tracks.example.org. Its name is allowed, "
        "and its pages may write.",
        "URL",
    )
    allowed_hosts: str = _setting(
        "",
        "More names that this server answers to, by commas, with * for any part. Addresses, localhost, this machine's "
        "own name and names without a dot need not be given.",
        "NAMES",
        "MLFLOW_SERVER_ALLOWED_HOSTS",
    )
    cors_allowed_origins: str = _setting(
        "",
        "Other web pages that may read and write here, by commas, such as https://notebooks.example.org.",
        "ORIGINS",
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
    )
    x_frame_options: str = _setting(
        "SAMEORIGIN",
        "Pages that may show this server's in a frame: SAMEORIGIN (its own), DENY, NONE (any), or its own and those of "
        "these origins, by commas, such as https://lab.example.org.",
        "WHO",
        "MLFLOW_SERVER_X_FRAME_OPTIONS",
    )
    trusted_proxies: str = _setting(
        "",
        "Addresses or networks of proxies, by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed.",
        "ADDRESSES",
    )
    rate_limit: int = _setting(
        0,
        "Requests a second that one user, or one address where nobody signs in, may make in the long run; 0 is any "
        "number.",
        "NUMBER",
    )
    expose_prometheus: str = _setting(
        "",
        "Show numbers of the server's work at /metrics, for Prometheus, to all who are signed in. Any value will do: "
        "MLflow's is a folder, and none is needed here.",
        "FOLDER",
    )
    log_format: str = _setting("text", "`text`, or `json`: one object a line, for programs.", "FORMAT")
    access_log: bool = _setting(False, "Note each request in the log.")
    slow_request_seconds: float = _setting(
        5.0, "Warn in the log of requests for JSON that took longer than this; 0 warns of none.", "SECONDS"
    )
    oidc_issuer: str = _setting(
        "",
        "Let people sign in by this OpenID provider, such as https://accounts.google.com. Needs --public-url, "
        "--oidc-client-id and the client's secret in TRACKLINE_OIDC_CLIENT_SECRET (or …_FILE).",
        "URL",
    )
    oidc_client_id: str = _setting("", "What the provider calls this server.", "ID")
    oidc_scopes: str = _setting("openid email profile", "What the provider is asked to say of people.", "SCOPES")
    oidc_username_claim: str = _setting(
        "email", "What of it is a person's name here, when they first come: `email`, `preferred_username` ….", "CLAIM"
    )
    oidc_groups_claim: str = _setting("groups", "What of it are the person's groups.", "CLAIM")
    oidc_groups: str = _setting(
        "",
        "Groups of the provider's and the roles that they give here, by commas: GROUP=ROLE, or GROUP=admin for "
        "administrators. Looked at with each sign-in.",
        "PAIRS",
    )
    oidc_email_domains: str = _setting(
        "",
        "Let only people with a verified e-mail address in one of these domains sign in, by commas. Left out: all whom "
        "the provider knows.",
        "NAMES",
    )
    oidc_name: str = _setting("Single sign-on", "What the button to the provider says.", "TEXT")
    ssl_certfile: str = _setting("", "A certificate (PEM, with those that lead to its root): serve https.", "FILE")
    ssl_keyfile: str = _setting("", "The certificate's key (PEM), where it is in a file of its own.", "FILE")


class Setting(NamedTuple):
    """How a setting is given. `default` shows the type as well; a bool is a pair of flags."""

    name: str
    default: str | int | float | bool
    help: str
    metavar: str | None
    mlflow: str | None

    @property
    def env(self) -> tuple[str, str]:
        return f"TRACKLINE_{self.name.upper()}", self.mlflow or f"MLFLOW_{self.name.upper()}"

    @property
    def flag(self) -> str:
        dashed = self.name.replace("_", "-")
        return f"--{dashed}/--no-{dashed}" if isinstance(self.default, bool) else f"--{dashed}"


SETTINGS = tuple(Setting(one.name, getattr(ServerSettings, one.name), **one.metadata) for one in fields(ServerSettings))


class Variable(NamedTuple):
    """A setting that only the environment gives, since it is secret or shared with other programs.

    Of `variables` the first that is set counts.
    """

    name: str
    variables: tuple[str, ...]
    help: str


OBJECT_STORE = (
    Variable(
        "endpoint_url",
        ("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        "The S3 store's address, such as http://127.0.0.1:9000. Left out: AWS.",
    ),
    Variable("access_key", ("AWS_ACCESS_KEY_ID",), "The key's id. Left out: profile, container or instance role."),
    Variable("secret_key", ("AWS_SECRET_ACCESS_KEY",), "The key's secret."),
    Variable("session_token", ("AWS_SESSION_TOKEN",), "The token that belongs to a temporary key."),
    Variable("profile", ("AWS_PROFILE",), "A profile in ~/.aws (needs the extra `aws`)."),
    Variable("region", ("AWS_REGION", "AWS_DEFAULT_REGION"), "The bucket's region."),
    Variable("ca_bundle", ("AWS_CA_BUNDLE",), "A file of certificates to trust beside the machine's own."),
    Variable("ignore_tls", ("MLFLOW_S3_IGNORE_TLS",), "`true`: take any certificate. For trials only."),
    Variable(
        "addressing_style",
        ("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE",),
        "`path` (…/bucket/key) or `virtual` (bucket.…/key). Left out: `path` for any endpoint but AWS.",
    ),
    Variable(
        "upload_args",
        ("MLFLOW_S3_UPLOAD_EXTRA_ARGS",),
        'JSON, given with every upload, such as {"ServerSideEncryption": "aws:kms"}.',
    ),
)

# Of commands that talk to a running server, as MLflow's clients do.
SERVER_URL = Variable(
    "url",
    ("TRACKLINE_URL", "MLFLOW_TRACKING_URI"),
    "The server's address. Left out: http://127.0.0.1:5000.",
)
CREDENTIALS = (
    Variable("username", ("MLFLOW_TRACKING_USERNAME",), "The name to sign in with."),
    Variable("password", ("MLFLOW_TRACKING_PASSWORD",), "The password to sign in with."),
    Variable("token", ("MLFLOW_TRACKING_TOKEN",), "A token instead of name and password."),
)


OIDC_SECRET = Variable(
    "oidc_client_secret",
    ("TRACKLINE_OIDC_CLIENT_SECRET",),
    "The secret by which the OpenID provider knows this server.",
)
WEBHOOK_KEY = Variable(
    "webhook_secret_encryption_key",
    ("TRACKLINE_WEBHOOK_SECRET_ENCRYPTION_KEY", "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"),
    "The key (of Fernet: 32 bytes in URL-safe base64) that the secrets of webhooks are encrypted with. Left out: one "
    "is made, in a file beside the SQLite database.",
)


class ServiceManager(NamedTuple):
    """What systemd says to the process that it starts: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3)."""

    notify_socket: str  # "" for none
    watchdog_seconds: float | None
    sockets: int


def service_manager(pid: int, environment: Mapping[str, str] = os.environ) -> ServiceManager:
    """What is meant for the process `pid`: children inherit the variables."""
    watched = environment.get("WATCHDOG_PID", str(pid)) == str(pid) and "WATCHDOG_USEC" in environment
    return ServiceManager(
        notify_socket=environment.get("NOTIFY_SOCKET", ""),
        watchdog_seconds=int(environment["WATCHDOG_USEC"]) / 1_000_000 if watched else None,
        sockets=int(environment.get("LISTEN_FDS", "0")) if environment.get("LISTEN_PID") == str(pid) else 0,
    )


SPANS_ENDPOINT = Variable(
    "spans_endpoint",
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    "Where spans of requests go, by OTLP over HTTP, such as http://127.0.0.1:4318 (needs the extra `otel`).",
)
NOTEBOOKS_URL = Variable(
    "notebooks_url",
    ("TRACKLINE_NOTEBOOKS_URL",),
    "A JupyterLab beside the server, with its token: http://127.0.0.1:8888/lab?token=…. Administrators are sent there "
    "from /notebooks. `trackline up --notebooks` sets it.",
)


def environment_with(**changes: str) -> dict[str, str]:
    """This process's environment, changed, for another program."""
    return {**os.environ, **changes}


def listed(value: str) -> list[str]:
    """The parts of a setting that is a list, by commas."""
    return [part.strip() for part in value.split(",") if part.strip()]


class UnreadableSetting(Exception):
    """A variable names a file that cannot be read; the message says which."""


def variable(names: Iterable[str], environment: Mapping[str, str] = os.environ) -> str | None:
    """What the environment says under the first of these names that it knows. NAME_FILE names a file that holds it.

    Raises UnreadableSetting.
    """
    for name in names:
        # Kubernetes gives every pod such values for every service; a service called trackline makes a TRACKLINE_PORT.
        if (value := environment.get(name)) and not value.startswith("tcp://"):
            return value
        if file := environment.get(f"{name}_FILE"):
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise UnreadableSetting(f"{name}_FILE names {file}, which cannot be read: {error}.") from error
    return None


def object_store_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the environment says of the object store, by name; what it does not say is left out."""
    return _given(OBJECT_STORE, environment)


def credentials(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the environment says of CREDENTIALS, by name; what it does not say is left out."""
    return _given(CREDENTIALS, environment)


def _given(settings: Iterable[Variable], environment: Mapping[str, str]) -> dict[str, str]:
    found = {setting.name: variable(setting.variables, environment) for setting in settings}
    return {name: value for name, value in found.items() if value is not None}
