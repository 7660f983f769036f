from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner

from tests.servers import ROOT, Server, clean_environment, free_port, running_server, started, wait_for_output
from trackline import __version__
from trackline.cli.main import main
from trackline.settings import SETTINGS

CREATE = "/api/2.0/mlflow/experiments/create"
GET = "/api/2.0/mlflow/experiments/get?experiment_id="


def said_by(*arguments: str) -> tuple[int, str]:
    """Exit code and all that is printed, without the line breaks and blanks that depend on the terminal."""
    result = CliRunner(env=clean_environment()).invoke(main, arguments, prog_name="trackline")
    return result.exit_code, unbroken(result.output)


def unbroken(text: str) -> str:
    return "".join(text.split())


def test_help_lists_every_setting_with_its_variables_and_default() -> None:
    code, text = said_by("server", "--help")
    assert code == 0
    for setting in SETTINGS:
        ours, mlflows = setting.env
        assert setting.flag.split("/")[0] in text
        assert unbroken(setting.help) in text
        assert f"envvar:{ours},{mlflows}" in text
        if isinstance(setting.default, bool):
            shown = setting.name.replace("_", "-")
            assert f"default:{shown if setting.default else f'no-{shown}'}" in text
        elif setting.default != "":
            assert f"default:{unbroken(str(setting.default))}" in text


def commands_of(group: click.Group, name: str) -> Iterator[tuple[str, str]]:
    """Each command below the group, as it is written, and its help."""
    for part, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command.help or ""


def test_the_help_of_every_command_has_an_example_of_it() -> None:
    found = dict(commands_of(main, "trackline"))
    assert len(found) > 30
    assert [name for name, text in found.items() if name not in text] == []


def test_help_and_version_are_where_people_look_for_them() -> None:
    for arguments in ((), ("--help",), ("-h",)):
        _, text = said_by(*arguments)
        assert "tracklineserver" in text
    assert said_by("--version") == (0, f"trackline,version{__version__}")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("server", "--prot", "5001"), "--port"),
        (("server", "--backend-store-url", "x"), "--backend-store-uri"),
        (("server", "--serve-artifact"), "--serve-artifacts"),
        (("server", "--port", "many"), "isnotavalidinteger"),
        (("sever",), "sever"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(arguments: tuple[str, ...], hint: str) -> None:
    code, text = said_by(*arguments)
    assert code == 2
    assert hint in text.partition("Error:")[2]


def test_help_does_not_wait_for_what_only_serving_needs() -> None:
    code = (
        "import sys; sys.argv = ['trackline', 'server', '--help']\n"
        "from trackline.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('numpy', 'obstore', 'uvicorn', 'starlette', 'rich') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_banner_says_where_everything_is_and_how_to_log(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        banner = banner_of(server)
    assert f"Trackline {__version__}" in banner
    assert f"{tmp_path / 'trackline.db'} (SQLite)" in banner
    assert f"{tmp_path / 'artifacts'}, through this server: clients need no keys" in banner
    assert f"Open       {server.url}" in banner
    assert f'  import mlflow\n  mlflow.set_tracking_uri("{server.url}")\n  with mlflow.start_run():' in banner
    assert "Warning" not in server.output


def test_the_lines_of_the_banner_are_valid_python(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        _, _, snippet = banner_of(server).partition("In your training:\n")
    compile("\n".join(line.removeprefix("  ") for line in snippet.splitlines()), "snippet", "exec")


def test_paths_in_the_banner_can_be_found_from_anywhere(tmp_path: Path) -> None:
    flags = ("--backend-store-uri", "sqlite:///data/x.db", "--artifacts-destination", "./files")
    with running_server(tmp_path, *flags) as server:
        assert str(tmp_path / "data" / "x.db") in banner_of(server)
        assert str(tmp_path / "files") in banner_of(server)
    assert (tmp_path / "data" / "x.db").exists()
    assert (tmp_path / "files").is_dir()


def test_a_root_that_clients_write_to_themselves_is_told_so(tmp_path: Path) -> None:
    with running_server(tmp_path, "--default-artifact-root", "s3://bucket/root") as server:
        assert "s3://bucket/root, written by the clients themselves" in banner_of(server)
        created = httpx.post(server.url + CREATE, json={"name": "n"}, trust_env=False).json()["experiment_id"]
        found = httpx.get(server.url + GET + created, trust_env=False).json()
        assert found["experiment"]["artifact_location"] == "s3://bucket/root/1"


def test_without_artifacts_clients_write_to_the_folder_themselves(tmp_path: Path) -> None:
    with running_server(tmp_path, "--no-serve-artifacts") as server:
        assert f"{tmp_path / 'artifacts'}, written by the clients themselves" in banner_of(server)
    assert not (tmp_path / "artifacts").exists()


def test_three_slashes_before_a_top_folder_get_a_warning_that_names_the_real_path(tmp_path: Path) -> None:
    with running_server(tmp_path, "--backend-store-uri", "sqlite:///tmp/tracks/trackline.db") as server:
        output = server.output
    (warning,) = [line for line in output.splitlines() if line.startswith("Warning:")]
    assert f"it means {tmp_path / 'tmp' / 'tracks' / 'trackline.db'}" in warning
    assert "sqlite:////tmp/tracks/trackline.db" in warning
    assert (tmp_path / "tmp" / "tracks" / "trackline.db").exists()


def test_settings_come_from_the_environment_ours_before_mlflows_and_flags_first(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "MLFLOW_PORT": str(port),
        "MLFLOW_HOST": "127.0.0.1",
        "MLFLOW_BACKEND_STORE_URI": "sqlite:///of-mlflow.db",
        "TRACKLINE_BACKEND_STORE_URI": "sqlite:///of-trackline.db",
        "TRACKLINE_DEFAULT_ARTIFACT_ROOT": "s3://of-trackline",
        "MLFLOW_ARTIFACTS_DESTINATION": "files-of-mlflow",
        "TRACKLINE_STATIC_PREFIX": "",
        "MLFLOW_STATIC_PREFIX": "/of-mlflow/",
    }
    command = [sys.executable, "-m", "trackline", "server", "--default-artifact-root", "s3://of-flag"]
    with started(command, f"http://127.0.0.1:{port}/of-mlflow", tmp_path, environment) as server:
        banner = banner_of(server)
    assert f"Open       http://127.0.0.1:{port}/of-mlflow\n" in banner
    assert "s3://of-flag" in banner
    assert (tmp_path / "of-trackline.db").exists()
    assert not (tmp_path / "of-mlflow.db").exists()
    assert (tmp_path / "files-of-mlflow").is_dir()


def test_port_zero_takes_a_free_one_and_says_which(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trackline", "server", "--port", "0"]
    environment = clean_environment(PYTHONPATH=str(ROOT))
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        (url,) = [line.split()[1] for line in iter(process.stdout.readline, "In your training:\n") if "Open " in line]
        assert httpx.get(f"{url}/health", trust_env=False).text == "OK"
        process.terminate()
    assert process.returncode == 0


def test_the_server_can_listen_on_version_six_of_the_internet_protocol(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "trackline", "server", "--host", "::1", "--port", str(port)]
    with started(command, f"http://[::1]:{port}", tmp_path, {}) as server:
        assert f"Open       http://[::1]:{port}\n" in server.output


def banner_of(server: Server) -> str:
    wait_for_output(server, "log_metric")  # in its last line; object stores are tried before it is printed
    return server.output.partition("Warning:")[0]
