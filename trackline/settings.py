"""The one list of settings. A flag of `trackline server`, an environment variable and the table in
docs/settings.md each come from here; nothing else reads the environment.

Where MLflow has the same setting it has the same name here, flag and variable, so that a line from an
MLflow guide works with one word changed. A `TRACKLINE_` variable wins over the `MLFLOW_` one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple


def _setting(default: Any, help: str, metavar: str | None = None) -> Any:  # noqa: A002 click's own word
    return field(default=default, metadata={"help": help, "metavar": metavar})


@dataclass(frozen=True)
class ServerSettings:
    """The settings of one server, as given; what they mean is found out when it starts."""

    backend_store_uri: str = _setting(
        "sqlite:///trackline.db",
        "Where experiments, runs and metrics are kept. sqlite:///FILE is relative to the current folder, "
        "sqlite:////FILE (four slashes) is absolute.",
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
    workers: int = _setting(1, "Server processes. SQLite has one writer, so it takes exactly one.", "NUMBER")
    static_prefix: str = _setting("", "The path under which a proxy shows this server, such as /trackline.", "PATH")


class Setting(NamedTuple):
    """How a setting is given. `default` shows the type as well; a bool is a pair of flags."""

    name: str
    default: str | int | bool
    help: str
    metavar: str | None

    @property
    def env(self) -> tuple[str, str]:
        return f"TRACKLINE_{self.name.upper()}", f"MLFLOW_{self.name.upper()}"

    @property
    def flag(self) -> str:
        dashed = self.name.replace("_", "-")
        return f"--{dashed}/--no-{dashed}" if isinstance(self.default, bool) else f"--{dashed}"


SETTINGS = tuple(
    Setting(one.name, getattr(ServerSettings, one.name), one.metadata["help"], one.metadata["metavar"])
    for one in fields(ServerSettings)
)


class Variable(NamedTuple):
    """A setting that only the environment gives, since it is secret or shared with other programs.

    `name` is the field of the object store's options; of `variables` the first that is set counts.
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


def object_store_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the environment says of the object store, by name; what it does not say is left out."""
    found: dict[str, str] = {}
    for setting in OBJECT_STORE:
        given = next((environment[name] for name in setting.variables if environment.get(name)), None)
        if given is not None:
            found[setting.name] = given
    return found
