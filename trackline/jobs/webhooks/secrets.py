"""The secrets of webhooks, which the database holds encrypted only."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from trackline.domain.errors import InvalidState

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEY_BYTES = 32


class UnusableKey(Exception):
    """What was given as key is none."""


class Unreadable(Exception):
    """The secret was encrypted with another key."""


class Secrets:
    """Encrypts with `key`, as Fernet keys are written, or else with the one in `key_file`, which is made when needed.

    With neither, no secret can be kept. Raises UnusableKey.
    """

    def __init__(self, key: str, key_file: Path | None) -> None:
        if key and not _is_key(key):
            raise UnusableKey
        self._key = key
        self._key_file = key_file

    def seal(self, secret: str) -> str:
        """Raises InvalidState where there is no key, OSError where none can be written."""
        if not self._key:
            if self._key_file is None:
                raise InvalidState(
                    "This server has no key to keep the secrets of webhooks with. Set "
                    "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY for it, or leave out the secret."
                )
            self._key = _read_or_make(self._key_file)
        return self._cipher().encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises Unreadable."""
        from cryptography.fernet import InvalidToken

        try:
            if not self._key:
                self._key = _read(self._key_file)
            return self._cipher().decrypt(sealed).decode()
        except (InvalidToken, OSError, ValueError):
            raise Unreadable from None

    def _cipher(self) -> Fernet:
        from cryptography.fernet import Fernet

        return Fernet(self._key)


def _is_key(text: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(text)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _read(file: Path | None) -> str:
    if file is None:
        raise FileNotFoundError
    return file.read_text(encoding="ascii").strip()


def _read_or_make(file: Path) -> str:
    """The key in the file. A new one appears there whole or not at all, also where two are made at once."""
    if not file.exists():
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}.") as draft:  # which only we may read
            draft.write(base64.urlsafe_b64encode(os.urandom(KEY_BYTES)) + b"\n")
            draft.flush()
            os.fsync(draft.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, file)
        _sync_folder(file.parent)
    return _read(file)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
