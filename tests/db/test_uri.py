from __future__ import annotations

from pathlib import Path

import pytest

from trackline.db.errors import DatabaseRefused
from trackline.db.uri import sqlite_file


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:///trackline.db", "trackline.db"),
        ("sqlite:///./data/trackline.db", "data/trackline.db"),
        ("sqlite:///data/trackline.db?timeout=5", "data/trackline.db"),
        ("sqlite:///mein täglicher Track.db", "mein täglicher Track.db"),
    ],
)
def test_three_slashes_are_relative_to_the_current_folder(here: Path, uri: str, path: str) -> None:
    assert sqlite_file(uri) == (here / path, None)


def test_four_slashes_are_absolute() -> None:
    assert sqlite_file("sqlite:////srv/tracks/trackline.db") == (Path("/srv/tracks/trackline.db"), None)


def test_a_tilde_is_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    monkeypatch.setenv("HOME", str(here / "ann"))
    assert sqlite_file("sqlite:///~/trackline.db") == (here / "ann" / "trackline.db", None)


def test_three_slashes_before_a_top_folder_are_taken_literally_with_a_warning(here: Path) -> None:
    path, warning = sqlite_file("sqlite:///tmp/tracks/trackline.db")

    assert path == here / "tmp" / "tracks" / "trackline.db"
    assert warning is not None
    assert str(path) in warning
    assert "sqlite:////tmp/tracks/trackline.db" in warning


def test_no_warning_where_the_folder_is_really_here(here: Path) -> None:
    (here / "tmp").mkdir()
    assert sqlite_file("sqlite:///tmp/trackline.db") == (here / "tmp" / "trackline.db", None)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("mysql://user:secret@host/tracks", "mysql: is not supported"),
        ("mysql+pymysql://host/tracks", r"mysql\+pymysql: is not supported"),
        ("postgresql://user:secret@host/tracks", "postgresql: is not supported"),
        ("postgres://host/tracks", "postgres: is not supported"),
        ("mssql+pyodbc://host/tracks", "is not supported"),
        ("http://127.0.0.1:5000", "http: is not supported"),
        ("file:///srv/mlruns", "file: is not supported"),
        ("./mlruns", "is no database address"),
        ("trackline.db", "is no database address"),
        ("", "is no database address"),
        ("SQLITE:///x.db", "is not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///?mode=memory", "names no file"),
        ("sqlite://trackline.db", "names no file"),
        ("sqlite:trackline.db", "names no file"),
        ("sqlite:///~no-such-user/trackline.db", "home directory"),
        (f"sqlite:///{'x' * 300}/trackline.db", "name too long"),
    ],
)
def test_every_other_address_is_refused_with_an_example_that_works(uri: str, reason: str) -> None:
    with pytest.raises(DatabaseRefused, match=reason) as refusal:
        sqlite_file(uri)

    assert "sqlite:///trackline.db" in refusal.value.hint
    assert "secret" not in refusal.value.message
