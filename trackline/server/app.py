"""The door: finds the endpoint, reads the request, and writes the answer."""

from __future__ import annotations

import re
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from trackline.domain.access import Credential
from trackline.domain.errors import InvalidParameter, NotSignedIn
from trackline.server import ui_files
from trackline.server.access import Needs
from trackline.server.bodies import Bodies
from trackline.server.endpoints import Call, Raw
from trackline.server.exposure import Exposure
from trackline.server.failures import Failure, Headers, Refused, failure_of, log_broken_answer
from trackline.server.identity import address_of, challenge
from trackline.server.observation import ENDPOINT
from trackline.server.routes import CALLS, RAW
from trackline.server.services import Services
from trackline.wire import errors
from trackline.wire.decode import Shape
from trackline.wire.responses import JSON, PACKED, encode, packed

MAX_ACTOR = 200  # characters
Handler = Callable[[Scope, Receive, Send, Mapping[str, str]], Awaitable[None]]


class Found(NamedTuple):
    """What answers, and its place in the table of endpoints, counted from 1."""

    handler: Handler
    number: int


class Pattern:
    """A path with open parts, such as "/runs/{id}", and what answers there by method."""

    def __init__(self, path: str) -> None:
        self.methods: dict[str, Found] = {}
        self._path = path
        self._beginning = path.partition("{")[0]

    def match(self, path: str) -> Mapping[str, str] | None:
        """The open parts, as they are in `path`; None where it is another one."""
        if not path.startswith(self._beginning):
            return None
        found = self._expression.match(path)
        return None if found is None else found.groupdict()

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        from starlette.routing import compile_path

        return compile_path(self._path)[0]  # not before it is needed: there are a hundred


class App:
    """The ASGI application. `static_prefix` is the path under which a proxy shows it, such as "/trackline"."""

    def __init__(self, services: Services, exposure: Exposure, static_prefix: str = "") -> None:
        self._services = services
        self._exposure = exposure
        self._prefix = static_prefix
        self._plain: dict[str, dict[str, Found]] = {}
        self._patterns: dict[str, Pattern] = {}
        bodies = Bodies()
        handlers: list[tuple[Call | Raw, Handler]] = [(call, _call_handler(call, services, bodies)) for call in CALLS]
        handlers += [(raw, _raw_handler(raw, services)) for raw in RAW]
        for number, (route, handler) in enumerate(handlers, start=1):  # as in ENDPOINTS
            self._add(route, Found(handler, number))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        scope.setdefault("state", {})["services"] = self._services
        scope["root_path"] = self._prefix
        try:
            self._exposure.check(scope)
            found, parts = self._find(scope["method"], scope["path"])
            scope["state"][ENDPOINT] = found.number
            await found.handler(scope, receive, send, parts)
        except (Exception, CancelledError) as error:  # noqa: BLE001 whatever went wrong, the client gets an answer
            failure = failure_of(error, f"{scope['method']} {scope['path']}")
            if isinstance(error, NotSignedIn):
                failure = failure._replace(headers=challenge(scope))
            if failure.spelling == errors.ENDPOINT_NOT_FOUND and ui_files.wants_page(scope):
                await (await ui_files.page(Request(scope), failure.spelling.status))(scope, receive, send)
            else:
                await _refuse(send, failure)

    def _add(self, route: Call | Raw, found: Found) -> None:
        for root in route.api:
            path = root + route.path
            if "{" in path:
                methods = self._patterns.setdefault(path, Pattern(path)).methods
            else:
                methods = self._plain.setdefault(path, {})
            methods[route.method] = found

    def _find(self, method: str, path: str) -> tuple[Found, Mapping[str, str]]:
        if self._prefix:
            if path != self._prefix and not path.startswith(f"{self._prefix}/"):
                raise Refused(Failure(errors.ENDPOINT_NOT_FOUND, f"This server answers below {self._prefix}/."))
            path = path[len(self._prefix) :] or "/"
        method = "GET" if method == "HEAD" else method
        methods: dict[str, Found] = self._plain.get(path, {})
        if method in methods:
            return methods[method], {}
        for pattern in self._patterns.values():
            if (parts := pattern.match(path)) is not None:
                methods = methods | pattern.methods
                if method in pattern.methods:
                    return pattern.methods[method], parts
        if methods:
            allowed = ", ".join(sorted(methods))
            raise Refused(
                Failure(errors.METHOD_NOT_ALLOWED, f"{path} answers to {allowed}.", [(b"allow", allowed.encode())])
            )
        raise Refused(Failure(errors.ENDPOINT_NOT_FOUND, f"No endpoint {path} here."))


def _call_handler(call: Call, services: Services, bodies: Bodies) -> Handler:
    shape = Shape(call.shape)
    if call.reads:
        services = replace(services, database=services.reading)

    async def handle(scope: Scope, receive: Receive, send: Send, parts: Mapping[str, str]) -> None:
        asker = await _asker(services, scope, call.needs)
        body = await bodies.read(receive)
        try:
            if call.method == "GET" and scope["query_string"]:
                request = shape.from_query(scope["query_string"].decode("latin-1"), parts)
            else:
                if body or call.method in ("POST", "PATCH"):
                    _check_content_type(scope)
                request = shape.from_body(body, parts)
            told = (actor(scope),) if call.noted else ()
            usable = services if asker is None else await _for_asker(services, asker, call, request)
            answer = await call.endpoint(usable, request, *told)
            if call.packed:
                await _answer(send, 200, packed(answer), kind=PACKED)
            else:
                await _answer(send, 200, encode(answer))
        finally:
            bodies.let_go(body)

    return handle


async def _asker(services: Services, scope: Scope, needs: Needs) -> Credential | None:
    """Whose work the request is, None where everybody may ask. Raises NotSignedIn, and Refused for one too many."""
    asker = await services.sign_in.asker(scope, needs)
    if not needs.is_open:
        services.rates.count(asker.proof if asker else address_of(scope))
    return asker


async def _for_asker(services: Services, asker: Credential, route: Call | Raw, request: Any) -> Services:
    """The services as the one who asks may use them; made sure of now where the endpoint does not do so in the end."""
    database = services.sign_in.guarded(services.database, asker, route.needs.demands(request))
    if route.needs.first or isinstance(route, Raw):
        await database.check()
    return replace(services, database=database)


def actor(scope: Scope) -> str:
    """Who a request comes from, as a history names them: the address and the program that it says it is."""
    address = scope["client"][0] if scope.get("client") else ""
    program = Request(scope).headers.get("user-agent", "")
    return f"{address} {program}".strip()[:MAX_ACTOR]


def _raw_handler(raw: Raw, services: Services) -> Handler:
    async def handle(scope: Scope, receive: Receive, send: Send, parts: Mapping[str, str]) -> None:
        scope["path_params"] = parts
        asker = await _asker(services, scope, raw.needs)
        if asker is not None:
            scope["state"]["services"] = await _for_asker(services, asker, raw, Request(scope))
        response = await raw.endpoint(Request(scope, receive))
        try:
            await response(scope, receive, send)
        except (Exception, CancelledError) as error:  # noqa: BLE001 it has begun: unfinished, uvicorn cuts it off
            log_broken_answer(error, f"{scope['method']} {scope['path']}")

    return handle


def _check_content_type(scope: Scope) -> None:
    """JSON must be called JSON: a browser cannot be made to send that from a foreign page unasked."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            if value.partition(b";")[0].strip().lower() != b"application/json":
                raise InvalidParameter("Bad Request. Content-Type must be one of ['application/json'].")
            return
    raise InvalidParameter("Bad Request. Content-Type header is missing. Send 'Content-Type: application/json'.")


async def _refuse(send: Send, failure: Failure) -> None:
    error_code, status = failure.spelling
    await _answer(send, status, errors.error_body(error_code, failure.message), failure.headers)


async def _answer(send: Send, status: int, body: bytes, headers: Headers | None = None, kind: str = JSON) -> None:
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", kind.encode()),
            (b"content-length", b"%d" % len(body)),
            *(headers or ()),
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
