from __future__ import annotations

from pathlib import Path

import pytest

from trackline.db.errors import DatabaseRefused
from trackline.db.postgres.connect import server_of
from trackline.db.uri import PostgresAddress, SqliteFile, database_address


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
    assert database_address(uri) == (here / path, None)


@pytest.mark.parametrize("slashes", ["////", "/////"])
def test_four_slashes_are_absolute_and_a_fifth_that_slipped_in_does_no_harm(slashes: str) -> None:
    assert database_address(f"sqlite:{slashes}srv/tracks/trackline.db") == (Path("/srv/tracks/trackline.db"), None)


def test_a_tilde_is_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    monkeypatch.setenv("HOME", str(here / "ann"))
    assert database_address("sqlite:///~/trackline.db") == (here / "ann" / "trackline.db", None)


def test_three_slashes_before_a_top_folder_are_taken_literally_with_a_warning(here: Path) -> None:
    address = database_address("sqlite:///tmp/tracks/trackline.db")

    assert isinstance(address, SqliteFile)
    path, warning = address

    assert path == here / "tmp" / "tracks" / "trackline.db"
    assert warning is not None
    assert str(path) in warning
    assert "sqlite:////tmp/tracks/trackline.db" in warning


def test_no_warning_where_the_folder_is_really_here(here: Path) -> None:
    (here / "tmp").mkdir()
    assert database_address("sqlite:///tmp/trackline.db") == (here / "tmp" / "trackline.db", None)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("mysql://user:secret@host/tracks", "mysql: is not supported"),
        ("mysql+pymysql://host/tracks", r"mysql\+pymysql: is not supported"),
        ("mssql+pyodbc://host/tracks", "is not supported"),
        ("sqlserver://host/tracks", "is not supported"),
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
        database_address(uri)

    assert "sqlite:///trackline.db" in refusal.value.hint
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(
    ("uri", "name", "parameters"),
    [
        ("postgresql://ann@db.example/tracks", "db.example:5432/tracks", {"user": "ann"}),
        ("postgres://db.example:6000/tracks", "db.example:6000/tracks", {"port": "6000"}),
        ("postgresql+psycopg2://ann:p%40ss@h/tracks?sslmode=require", "h:5432/tracks", {"sslmode": "require"}),
        ("postgresql+psycopg://ann@h/tracks?connect_timeout=9", "h:5432/tracks", {"connect_timeout": "9"}),
        ("postgresql:///tracks?host=/run/postgresql", "/run/postgresql/tracks", {"host": "/run/postgresql"}),
        ("postgresql://a:1,b:2/tracks", "a:1,b:2/tracks", {"target_session_attrs": "read-write"}),
        ("postgresql+psycopg2:///tracks?host=a:1&host=b:2", "a:1,b:2/tracks", {"host": "a,b", "port": "1,2"}),
        ("postgresql+psycopg2:///tracks?host=a&host=b:2&port=9", "a:9,b:2/tracks", {"host": "a,b", "port": "9,2"}),
        ("postgresql:///tracks?host=[::1]:1&host=b", "[::1]:1,b:5432/tracks", {"host": "::1,b", "port": "1,5432"}),
        ("postgresql:///tracks?host=a&host=b&port=9", "a:9,b:9/tracks", {"host": "a,b", "port": "9"}),
        ("postgresql://ann@[::1]:6000/tracks", "[::1]:6000/tracks", {"host": "::1", "port": "6000"}),
        ("postgresql://ann%40corp:p%40s%2Fs%3F@h/tracks", "h:5432/tracks", {"user": "ann@corp", "password": "p@s/s?"}),
    ],
)
def test_addresses_of_postgresql_are_read_as_people_write_them(uri: str, name: str, parameters: dict[str, str]) -> None:
    server = server_of(postgres_address(uri))

    assert server.name == name
    assert {key: server.parameters[key] for key in parameters} == parameters
    assert server.prepares


def test_variables_of_postgresql_fill_in_what_the_address_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example")
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("PGDATABASE", "tracks")
    assert server_of(postgres_address("postgresql://")).name == "db.example:6000/tracks"


def test_statements_are_not_prepared_where_a_pooler_stands_between() -> None:
    assert not server_of(postgres_address("postgresql://pooler/tracks?prepare_threshold=0")).prepares


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ann:secret@host/tracks",
        "postgresql://ann@host/tracks?password=secret",
        "postgresql://ann:secret%zz@host/tracks",
        "postgresql://ann:secret@host:port/tracks",
        "postgresql://ann:secret@host/tracks?no_such_option=1",
        "postgresql://ann:p@secret@host/tracks",
        "postgresql://ann:p/secret@host/tracks",
        "postgresql://ann:p?secret@host/tracks",
        "postgresql://ann:p?secret=1@host/tracks",
        "host=db.example user=ann password=secret",
        "host=db.example password=secret:1",
    ],
)
def test_a_password_is_never_shown(uri: str) -> None:
    shown = ""
    try:
        address = postgres_address(uri)
        shown = repr(address)
        server = server_of(address)
        shown += f"{server} {server.name}"
    except DatabaseRefused as refusal:
        shown += f"{refusal.message} {refusal.hint}"
    assert shown and "secret" not in shown


def test_an_option_that_the_driver_does_not_know_is_named() -> None:
    with pytest.raises(DatabaseRefused, match=r"does not know: charset\.") as refusal:
        server_of(postgres_address("postgresql://ann:secret@host/tracks?sslmode=require&charset=utf8"))
    assert "sslmode=require" in refusal.value.hint


def postgres_address(uri: str) -> PostgresAddress:
    address = database_address(uri)
    assert isinstance(address, PostgresAddress)
    return address
