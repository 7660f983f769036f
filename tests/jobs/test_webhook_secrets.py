from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from trackline.domain.errors import InvalidState
from trackline.jobs.webhooks.secrets import Secrets, Unreadable, UnusableKey

KEY = Fernet.generate_key().decode()


def test_a_secret_is_read_with_the_key_that_sealed_it_only(tmp_path: Path) -> None:
    sealed = Secrets(KEY, None).seal("süß")
    assert "süß" not in sealed and Secrets(KEY, tmp_path / "key").open(sealed) == "süß"
    for other in (Secrets(Fernet.generate_key().decode(), None), Secrets("", tmp_path / "key"), Secrets("", None)):
        with pytest.raises(Unreadable):
            other.open(sealed)
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_its_own_is_made_with_the_first_secret_and_found_again(tmp_path: Path) -> None:
    file = tmp_path / "trackline.db.webhook-key"
    sealed = Secrets("", file).seal("a")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and list(tmp_path.iterdir()) == [file]
    assert Secrets("", file).open(sealed) == "a"
    assert Secrets(file.read_text().strip(), None).open(sealed) == "a"


def test_many_that_make_the_key_at_once_make_one(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda _: Secrets("", file).seal("a"), range(16)))
    assert {Secrets("", file).open(one) for one in sealed} == {"a"} and list(tmp_path.iterdir()) == [file]


def test_without_a_key_no_secret_is_taken() -> None:
    with pytest.raises(InvalidState, match="MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"):
        Secrets("", None).seal("a")


@pytest.mark.parametrize("key", ["a", "é", "0" * 44, base64.urlsafe_b64encode(b"0" * 31).decode()])
def test_what_is_no_key_is_not_taken_for_one(key: str) -> None:
    with pytest.raises(UnusableKey):
        Secrets(key, None)
