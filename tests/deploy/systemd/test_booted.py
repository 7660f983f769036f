"""The service under a real systemd: what `trackline deploy systemd --install` makes of a machine."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from tests.deploy.systemd.booted import Machine
from tests.deploy.systemd.conftest import PORT
from tests.faults.conftest import Row
from tests.faults.load import under_load
from tests.server.talk import API, client_of, connecting
from tests.server.test_lifecycle import accepts_connections, until
from tests.servers import Server, wait_until_healthy

pytestmark = pytest.mark.slow

SECRET = "never in a unit"
SOON = "/run/systemd/system/trackline.service.d"


def main_pid(machine: Machine) -> str:
    (pid,) = machine.show("trackline.service", "MainPID")
    return pid


def named(server: Server) -> set[str]:
    with client_of(server) as http:
        found = http.get(f"{API}/experiments/search?max_results=99").json()["experiments"]
    return {one["name"] for one in found}


def test_it_runs_is_enabled_and_says_where_things_are(machine: Machine, service: Server) -> None:
    wanted = ("ActiveState", "UnitFileState", "User", "NRestarts", "StatusErrno")
    assert machine.show("trackline.service", *wanted) == ["active", "enabled", "trackline", "0", "0"]
    assert machine.show("trackline.socket", "ActiveState", "UnitFileState") == ["active", "enabled"]
    assert "mlflow.set_tracking_uri" in machine.run("journalctl", "-u", "trackline", "--no-pager")
    assert machine.run("ls", "/var/lib/trackline").split() == [
        *("trackline-artifacts", "trackline.db", "trackline.db-shm", "trackline.db-wal")
    ]


def test_the_sandbox_is_around_it(machine: Machine, service: Server) -> None:
    lines = machine.run("cat", f"/proc/{main_pid(machine)}/status").splitlines()
    status = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert (status["NoNewPrivs"], status["Seccomp"], int(status["CapEff"], 16)) == ("1", "2", 0)
    inside = ("nsenter", "-t", main_pid(machine), "-m", "--")
    assert "Read-only file system" in machine.run(*inside, "touch", "/usr/lib/trackline", fails=True)
    assert machine.run(*inside, "ls", "/root") == ""


def test_a_secret_is_read_from_a_file_that_only_the_service_can_read(machine: Machine, service: Server) -> None:
    secret = machine.files / "etc/trackline/s3-secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    given = "--credential=AWS_SECRET_ACCESS_KEY=/etc/trackline/s3-secret"
    machine.run("trackline", "deploy", "systemd", "--install", given)
    assert SECRET not in machine.run("systemctl", "cat", "trackline")
    assert SECRET not in machine.run("cat", f"/proc/{main_pid(machine)}/environ")
    inside = ("nsenter", "-t", main_pid(machine), "-m")
    place = machine.run("sh", "-c", f"tr '\\0' '\\n' < /proc/{main_pid(machine)}/environ | grep AWS_").partition("=")[2]
    assert machine.run(*inside, "cat", place.strip()) == SECRET


def test_killed_under_load_it_is_back_and_nothing_acknowledged_is_lost(
    machine: Machine, service: Server, tmp_path: Path, table: list[Row]
) -> None:
    with under_load(service, tmp_path) as load:
        machine.run("kill", "-9", main_pid(machine))
        killed = time.monotonic()
        back = load.first_after(killed)
    outcome = load.outcome()
    table.append(Row("systemd: kill -9 of the server", outcome, 0.0, back))
    assert outcome.lost == outcome.duplicated == 0
    assert machine.show("trackline.service", "NRestarts") == ["1"]


def test_a_training_goes_on_through_a_restart_that_refuses_nobody(
    machine: Machine, service: Server, tmp_path: Path, table: list[Row]
) -> None:
    with under_load(service, tmp_path) as load, connecting(service) as took:
        begun = time.monotonic()
        machine.run("systemctl", "restart", "trackline")
        lasted = time.monotonic() - begun
        back = load.first_after(time.monotonic())
    outcome = load.outcome()
    table.append(Row(f"systemd: restart (longest wait {max(took):.2f} s)", outcome, lasted, back))
    assert outcome.lost == outcome.duplicated == 0
    assert len(took) > 1


def test_there_are_backups_that_can_be_restored_and_the_trash_is_emptied(machine: Machine, service: Server) -> None:
    timers = machine.run("systemctl", "list-timers", "--no-pager")
    assert "trackline-backup.timer" in timers and "trackline-gc.timer" in timers
    for chore in ("trackline-backup", "trackline-gc"):
        machine.run("systemctl", "start", chore)
        assert machine.show(f"{chore}.service", "Result") == ["success"]
    machine.run("trackline", "verify", "/var/lib/trackline-backups")
    assert httpx.get(f"{service.url}/ready", trust_env=False).status_code == 200


def test_a_server_that_hangs_is_started_anew_and_its_threads_are_in_the_journal(
    machine: Machine, service: Server
) -> None:
    machine.run("sh", "-c", f"mkdir -p {SOON}; printf '[Service]\\nWatchdogSec=3\\n' > {SOON}/soon.conf")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "trackline")
    hanging = main_pid(machine)
    machine.run("kill", "-STOP", hanging)
    until(lambda: main_pid(machine) not in (hanging, "0"))
    wait_until_healthy(service)
    assert machine.show("trackline.service", "NRestarts") == ["1"]
    assert "Watchdog timeout" in machine.run("journalctl", "-u", "trackline", "--no-pager")
    machine.run("rm", "-r", SOON)


def test_stopping_the_port_stops_the_server_and_nothing_else_listens(machine: Machine, service: Server) -> None:
    machine.run("systemctl", "stop", "trackline.socket")
    assert machine.show("trackline.service", "ActiveState", "Result") == ["inactive", "success"]
    assert not accepts_connections(service)


def test_a_connection_starts_it_where_only_the_port_is_open(machine: Machine, service: Server) -> None:
    machine.run("systemctl", "stop", "trackline.service")
    wait_until_healthy(service)
    assert machine.show("trackline.service", "ActiveState") == ["active"]


def test_an_upgrade_keeps_what_is_there_and_may_change_the_port(machine: Machine, service: Server) -> None:
    with client_of(service) as http:
        http.post(f"{API}/experiments/create", json={"name": "from before"})
    machine.run("trackline", "deploy", "systemd", "--install", f"--port={PORT + 1}")
    assert "from before" in named(Server(f"http://127.0.0.1:{PORT + 1}", service.process, service.log))
    assert not accepts_connections(service)


def test_what_cannot_start_is_said_at_once_with_the_way_out(machine: Machine, service: Server) -> None:
    """Nobody has to sign in, so it may not be for everybody."""
    said = machine.run("trackline", "deploy", "systemd", "--install", "--host=0.0.0.0", fails=True)
    assert "would let everybody who reaches this machine change and delete everything" in said
    assert "Mend it and run this again; --uninstall takes the units away." in said


def test_uninstalled_it_is_gone_and_data_and_settings_stay(machine: Machine, service: Server) -> None:
    said = machine.run("trackline", "deploy", "systemd", "--uninstall")
    assert "What stays: /var/lib/trackline and /etc/trackline/trackline.env" in said
    assert not accepts_connections(service)
    assert "trackline" not in machine.run("systemctl", "list-unit-files", "--no-pager")
    assert "trackline.db" in machine.run("ls", "/var/lib/trackline/")
    assert machine.run("trackline", "deploy", "systemd", "--uninstall").startswith("There is nothing to remove")
