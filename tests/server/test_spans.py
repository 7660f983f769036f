"""Spans of requests, sent to a receiver of OpenTelemetry's protocol."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.server.talk import API, client_of
from tests.servers import running_server

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@contextmanager
def receiver() -> Iterator[tuple[str, list[Any]]]:
    """Its address, and the spans that have come, each with the name of the service."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            for one in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = text(one.resource.attributes)["service.name"]
                spans.extend((service, span) for scope in one.scope_spans for span in scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        answering = threading.Thread(target=server.serve_forever)
        answering.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", spans
        finally:
            server.shutdown()
            answering.join()


def text(attributes: Any) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in attributes}


def test_each_request_is_a_span_of_the_clients_trace_named_by_its_endpoint(tmp_path: Path) -> None:
    with receiver() as (address, spans):
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": address}
        with running_server(tmp_path, env=environment) as server, client_of(server) as http:
            trace = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            answer = http.get("/api/trackline/runs/none/model-versions", headers=trace)
            http.post(f"{API}/experiments/create", json={"name": "one"})
        by_name = {span.name: (service, span) for service, span in spans}  # a server that ends sends what it has
    service, span = by_name["GET /api/trackline/runs/{run_id}/model-versions"]
    assert service == "trackline"
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    said = text(span.attributes)
    assert said["http.response.status_code"] == answer.status_code == 404
    assert said["request_id"] == answer.headers["x-request-id"]
    assert by_name[f"POST {API}/experiments/create"][1].parent_span_id == b""
