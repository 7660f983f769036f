"""The document on permissions says what the server checks."""

from __future__ import annotations

from tools.access_table import DOCUMENT, table


def test_the_table_of_what_endpoints_need_is_that_of_the_server() -> None:
    assert table() in DOCUMENT.read_text(encoding="utf-8"), "run python tools/access_table.py"
