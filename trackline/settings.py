"""The one list of settings. A flag of `trackline server`, an environment variable and the table in
docs/settings.md each come from here; nothing else reads the environment.

Where MLflow has the same setting it has the same name here, flag and variable, so that a line from an
MLflow guide works with one word changed. A `TRACKLINE_` variable wins over the `MLFLOW_` one.
"""

from __future__ import annotations

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
        "./trackline-artifacts",
        "The folder in which the server keeps the artifacts that clients send through it.",
        "FOLDER",
    )
    default_artifact_root: str = _setting(
        "",
        "Where the artifacts of new experiments go. Left out: through this server (mlflow-artifacts:/), so that "
        "clients need no keys.",
        "URI",
    )
    serve_artifacts: bool = _setting(True, "Take and serve artifacts for the clients.")
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
