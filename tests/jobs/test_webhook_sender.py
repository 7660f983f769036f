"""Single attempts, from real names to real receivers; where a name means something else than here, the loop says so."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.receivers import Reply, receiver
from trackline.domain.errors import InvalidParameter
from trackline.domain.webhooks import Outcome, Recipient
from trackline.jobs.webhooks import Message, Secrets, Sender
from trackline.jobs.webhooks import sender as module

MESSAGE = Message("id", b"{}")
Resolve = Callable[[str], list[str]]


class Resolving(asyncio.SelectorEventLoop):
    """An event loop in which names mean what `resolve` says; `asked` are those that were looked up."""

    def __init__(self, resolve: Resolve) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._resolve = resolve

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> Any:
        self.asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self._resolve(host)]


def sent(url: str, addresses: list[str] | None = None, allow_private: bool = True) -> tuple[Outcome, list[str]]:
    """How it ended, and which names were looked up."""
    sender = Sender(Secrets("", None), ["http", "https"], allow_private)
    loop = Resolving(lambda _: addresses or ["127.0.0.1"])
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(sender.send(Recipient("id", "hook", url, None), MESSAGE)), loop.asked


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_the_one_that_is_told() -> None:
    with receiver() as told:
        outcome, asked = sent(told.url.replace("127.0.0.1", "hooks.example.org"))
    assert outcome == Outcome(200, "thanks") and asked == ["hooks.example.org"]
    assert told.got[0].headers["host"] == told.url.split("/")[2].replace("127.0.0.1", "hooks.example.org")


def test_one_address_that_is_not_public_is_enough_to_refuse_a_name() -> None:
    with receiver() as told:
        url = told.url.replace("127.0.0.1", "hooks.example.org")
        outcome, _ = sent(url, ["192.88.99.1", "127.0.0.1"], allow_private=False)
    assert outcome.status is None and "no public address" in (outcome.error or "") and told.got == []


def test_where_one_address_of_a_name_does_not_answer_another_may() -> None:
    with receiver() as told:
        outcome, _ = sent(told.url.replace("127.0.0.1", "hooks.example.org"), ["127.0.0.2", "127.0.0.1"])
    assert outcome.delivered


def test_a_name_in_other_letters_is_told() -> None:
    with receiver() as told:
        outcome, asked = sent(told.url.replace("127.0.0.1", "bücher.example"))
    assert outcome.delivered and asked == ["xn--bcher-kva.example"]


def test_a_receiver_that_does_not_come_to_an_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WHOLE_SECONDS", 0.3)
    held = threading.Event()

    def wait(_: object) -> Reply:
        held.wait(60)
        return Reply()

    with receiver() as told:
        told.answer = wait
        outcome, _ = sent(told.url)
        held.set()
    assert outcome.status is None and "no whole answer" in (outcome.error or "")


def test_what_is_not_http_is_a_failure_like_others() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"\x15\x03\x01 no HTTP\r\n\r\n")

        babbling = threading.Thread(target=babble)
        babbling.start()
        outcome, _ = sent(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        babbling.join()
    assert outcome.status is None and "RemoteProtocolError" in (outcome.error or "")


def test_a_name_that_cannot_be_resolved_is_refused_when_it_is_given_and_a_failure_later() -> None:
    def unknown(_: str) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    sender = Sender(Secrets("", None), ["https"], allow_private=False)

    async def scenario() -> Outcome:
        with pytest.raises(InvalidParameter, match=r"Cannot resolve the host 'gone.example.org'"):
            await sender.check("https://gone.example.org/")
        return await sender.send(Recipient("id", "hook", "https://gone.example.org/", None), MESSAGE)

    with asyncio.Runner(loop_factory=lambda: Resolving(unknown)) as runner:
        assert "Name or service not known" in (runner.run(scenario()).error or "")


def test_a_certificate_is_that_of_the_name_though_the_connection_is_made_to_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, public = tmp_path / "both.pem", tmp_path / "public.pem"
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test")
    named = (
        "-addext",
        "subjectAltName=DNS:hooks.example.org",
        "-keyout",
        str(file),
        "-out",
        str(public),
    )
    subprocess.run(["openssl", "req", "-x509", *key, *named], check=True, capture_output=True)
    file.write_text(file.read_text() + public.read_text())
    with receiver(certificate=file) as told:
        untrusted, _ = sent(told.url.replace("127.0.0.1", "hooks.example.org"))
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        right, _ = sent(told.url.replace("127.0.0.1", "hooks.example.org"))
        wrong = [sent(told.url.replace("127.0.0.1", name))[0] for name in ("other.example.org", "127.0.0.1")]
    assert right.delivered and len(told.got) == 1
    assert all("CERTIFICATE_VERIFY_FAILED" in (outcome.error or "") for outcome in (untrusted, *wrong))
