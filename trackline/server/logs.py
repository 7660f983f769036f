"""What is written to the log: for people, or a JSON object a line; with the id of the request that it is about."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from datetime import UTC, datetime

import msgspec

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s%(request)s"
FORMATS = ("text", "json")

request_id: ContextVar[str] = ContextVar("request_id", default="")

_OWN = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "request"})


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        found = request_id.get()
        record.request = f" [{found}]" if found else ""
        return super().format(record)


class _Json(logging.Formatter):
    """Fields: time (UTC), level, logger, message, request_id, exception, and what the record has `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if found := request_id.get():
            fields["request_id"] = found
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        fields |= {name: value for name, value in vars(record).items() if name not in _OWN}
        return msgspec.json.encode(fields, enc_hook=str).decode()


def set_up_log(spelling: str) -> None:
    """`spelling` is one of FORMATS."""
    logging.basicConfig(level=logging.INFO, force=True)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_Json() if spelling == "json" else _Text(TEXT))
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # the banner says what it would say
