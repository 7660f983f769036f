"""Spans of requests for OpenTelemetry, which sends them where OTEL_EXPORTER_OTLP_ENDPOINT says.

Needs the extra `otel`. Its own variables (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS …) are
read by its packages.
"""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trackline import __version__
from trackline.server.logs import request_id
from trackline.server.observation import ENDPOINT
from trackline.server.routes import ENDPOINTS


class Spanned:
    """The application `inner`, with a span for each request: part of the client's trace where it sends one."""

    def __init__(self, inner: ASGIApp) -> None:
        ours = Resource.create({"service.name": "trackline", "service.version": __version__})
        provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = provider.get_tracer("trackline", __version__)
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = extract({name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]})
        known = {"http.request.method": scope["method"], "url.path": scope["path"], "request_id": request_id.get()}
        with self._tracer.start_as_current_span(scope["method"], sent, SpanKind.SERVER, known) as span:

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            await self._inner(scope, receive, sending)
            if number := scope["state"].get(ENDPOINT):
                route = ENDPOINTS[number - 1]
                span.update_name(f"{route.method} {route.api[0]}{route.path}")
                span.set_attribute("http.route", f"{route.api[0]}{route.path}")
