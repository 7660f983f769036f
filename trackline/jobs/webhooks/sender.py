"""One attempt to deliver one message: where it may go, and the request itself.

A name is resolved once, every address that it has is checked, and the connection is made to one of those addresses: a
name that points elsewhere a moment later (DNS rebinding) gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from trackline import __version__
from trackline.domain.errors import InvalidParameter
from trackline.domain.webhooks import Outcome, Recipient, host_of, is_public, signature
from trackline.jobs.webhooks.secrets import Secrets, Unreadable

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_SECONDS = 3.0
WHOLE_SECONDS = 10.0  # from the name to the end of the answer
MAX_ANSWER = 4096  # bytes of the receiver's answer that are read
MAX_ADDRESSES = 4  # of one name that are tried


class Message(NamedTuple):
    delivery_id: str
    body: bytes


class Sender:
    """`schemes` are those of addresses that may be told; `allow_private`: also those that are not public."""

    def __init__(self, secrets: Secrets, schemes: Sequence[str], allow_private: bool) -> None:
        self.secrets = secrets
        self._schemes = schemes
        self._allow_private = allow_private
        self._trust: ssl.SSLContext | None = None

    async def check(self, url: str) -> None:
        """Raises InvalidParameter where the server will not send anything to this address."""
        host = host_of(url, self._schemes)
        if self._allow_private:
            return
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                await self._addresses(host, 443)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise InvalidParameter(
                f"Cannot resolve the host '{host}' of the webhook's URL: {error or 'no answer in time'}."
            ) from None

    async def send(self, recipient: Recipient, message: Message) -> Outcome:
        """Whatever goes wrong is the outcome."""
        import httpx

        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                return await self._attempt(recipient, message)
        except TimeoutError:
            return Outcome(None, error=f"There was no whole answer within {WHOLE_SECONDS:.0f} s.")
        except InvalidParameter as error:
            return Outcome(None, error=error.message)
        except Unreadable:
            return Outcome(None, error="The secret cannot be read: this server has another key than it was kept with.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, ValueError) as error:
            return Outcome(None, error=f"{type(error).__name__}: {error}"[:MAX_ANSWER])

    async def _attempt(self, recipient: Recipient, message: Message) -> Outcome:
        import httpx

        host_of(recipient.url, self._schemes)
        url = httpx.URL(recipient.url)
        host = url.raw_host.decode("ascii")
        headers = {**self._headers(recipient, message), "Host": url.netloc.decode("ascii")}
        failure: Exception = OSError(f"The host '{host}' has no address.")
        timeout = httpx.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS)
        async with httpx.AsyncClient(verify=self._trusted(), trust_env=False, timeout=timeout) as client:
            for address in await self._addresses(host, url.port or (443 if url.scheme == "https" else 80)):
                request = client.build_request(
                    "POST",
                    url.copy_with(host=address),
                    content=message.body,
                    headers=headers,
                    extensions={"sni_hostname": host},
                )
                try:
                    return await _answer(client, request)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> list[str]:
        """What the name means. Raises InvalidParameter where one of the addresses is not public, OSError."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        hidden = [address for address in addresses if not is_public(address)]
        if hidden and not self._allow_private:
            raise InvalidParameter(
                f"The webhook's host '{host}' is {hidden[0]}, which is no public address. Webhooks are sent to private "
                "ones only by a server that is started with --webhook-allow-private-ips."
            )
        return addresses[:MAX_ADDRESSES]

    def _headers(self, recipient: Recipient, message: Message) -> dict[str, str]:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"trackline/{__version__}",
            "X-MLflow-Delivery-Id": message.delivery_id,
            "X-MLflow-Timestamp": timestamp,
        }
        if recipient.sealed_secret:
            secret = self.secrets.open(recipient.sealed_secret)
            headers["X-MLflow-Signature"] = signature(secret, message.delivery_id, timestamp, message.body)
        return headers

    def _trusted(self) -> ssl.SSLContext:
        """Made once: reading the certificates takes longer than a request."""
        import httpx

        if self._trust is None:
            self._trust = httpx.create_ssl_context()
        return self._trust


async def _answer(client: httpx.AsyncClient, request: httpx.Request) -> Outcome:
    answer = await client.send(request, stream=True, follow_redirects=False)
    try:
        body = b""
        async for chunk in answer.aiter_raw(MAX_ANSWER):
            body += chunk
            if len(body) >= MAX_ANSWER:
                break
    finally:
        await answer.aclose()
    text = body[:MAX_ANSWER].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Outcome(answer.status_code, text)
