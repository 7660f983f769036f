"""How long an object store is waited for, and how often it is asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig


class Patience(NamedTuple):
    client: ClientConfig
    retries: RetryConfig


AT_WORK = Patience(
    {
        "connect_timeout": timedelta(seconds=5),
        "read_timeout": timedelta(seconds=60),  # without a byte
        "timeout": timedelta(days=7),  # of a whole request: a slow client may take its time over a large file
    },
    {
        "max_retries": 8,  # within some 10 s, when the store answers at once
        "retry_timeout": timedelta(seconds=60),
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=3), "base": 3},
    },
)

# Whoever waits for the verdict would rather hear it soon. One more try, since a store may close an idle connection.
HURRIED = Patience(
    {"connect_timeout": timedelta(seconds=1), "read_timeout": timedelta(seconds=2), "timeout": timedelta(seconds=2)},
    {
        "max_retries": 1,
        "retry_timeout": timedelta(seconds=2),
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 3},
    },
)


def how_patient(hurried: bool) -> Patience:
    return HURRIED if hurried else AT_WORK
