"""HTTP as uvicorn reads it, with an end to what it keeps of a request's head, and refusals in MLflow's form."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from trackline.wire import errors

MAX_HEAD = 64 * 1024  # bytes of request line and headers that may follow the first piece to arrive


class Protocol(HttpToolsProtocol):
    _head_size: int | None = None  # None while no head is being read

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_size = 0

    def on_headers_complete(self) -> None:
        self._head_size = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        before = self._head_size
        super().data_received(data)
        if before is not None and self._head_size is not None:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response("The request's head is too long.")

    def send_400_response(self, msg: str) -> None:
        error_code, status = errors.BAD_REQUEST
        body = errors.error_body(error_code, msg)
        head = f"HTTP/1.1 {status} Bad Request\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()
