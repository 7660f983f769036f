"""`trackline deploy systemd` without systemd: what the units say, checked by systemd's own programs where there are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trackline.cli.main import main

MOST_EXPOSED = 20  # of a hundred, as `systemd-analyze security` counts: 2.0
CREDENTIAL = "--credential=AWS_SECRET_ACCESS_KEY=/etc/hostname"

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def deploy(*flags: str) -> Result:
    return CliRunner().invoke(main, ["deploy", "systemd", *flags])


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


@needs_systemd
@pytest.mark.parametrize(
    "flags",
    [[], ["--user=root", CREDENTIAL, "--writable=/srv"], ["--host=::1", "--port=5001"]],
    ids=["as it is", "all that can be asked", "IPv6"],
)
def test_systemd_takes_the_units_and_finds_little_exposed(tmp_path: Path, flags: list[str]) -> None:
    assert deploy(f"--output={tmp_path}", *flags).exit_code == 0
    written = sorted(tmp_path.iterdir())

    verified = analyze("verify", "--recursive-errors=yes", *written)
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in tmp_path.glob("*.service"):
        judged = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit)
        assert judged.returncode == 0, judged.stdout


def test_it_shows_the_units_says_what_comes_next_and_changes_nothing() -> None:
    shown = deploy()
    assert shown.exit_code == 0
    for words in ("##### /etc/systemd/system/trackline.socket", "Type=notify", "WatchdogSec=", "DynamicUser=yes"):
        assert words in shown.output
    assert shown.output.endswith("To write, enable and start these: the same command with sudo and --install\n")


def test_a_secret_reaches_the_service_as_a_file_and_is_not_in_the_unit(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    shown = deploy(f"--credential=AWS_SECRET_ACCESS_KEY={secret}").output
    assert f"LoadCredential=AWS_SECRET_ACCESS_KEY:{secret}" in shown
    assert "Environment=AWS_SECRET_ACCESS_KEY_FILE=%d/AWS_SECRET_ACCESS_KEY" in shown
    assert "hidden" not in shown


@pytest.mark.parametrize("given", ["AWS_SECRET_ACCESS_KEY", "KEY=relative/file", "A-B=/etc/hostname"])
def test_a_credential_that_cannot_be_meant_is_refused(given: str) -> None:
    refused = deploy(f"--credential={given}")
    assert refused.exit_code == 2
    assert "write NAME=/absolute/file" in refused.output


def test_backups_go_where_they_are_wanted_and_a_folder_is_opened_to_them_alone(tmp_path: Path) -> None:
    assert deploy(f"--output={tmp_path}", "--backup-to=/srv/backups").exit_code == 0
    backup, server = ((tmp_path / name).read_text() for name in ("trackline-backup.service", "trackline.service"))
    assert "trackline backup /srv/backups --artifacts --keep 14" in backup
    assert "ReadWritePaths=/srv/backups" in backup
    assert "/srv/backups" not in server


def test_a_user_of_the_machine_takes_the_place_of_systemds_own() -> None:
    shown = deploy("--user=ann").output
    assert "User=ann" in shown
    assert "DynamicUser" not in shown


@pytest.mark.parametrize("flag", ["--install", "--uninstall"])
def test_nothing_is_done_where_systemd_does_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flag: str) -> None:
    monkeypatch.setattr("trackline.cli.deploy.RUNNING", tmp_path / "none")
    refused = deploy(flag)
    assert refused.exit_code == 2
    assert "systemd does not run on this machine." in refused.output
