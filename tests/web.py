"""The built web interface, for tests that open its pages."""

from __future__ import annotations

from functools import cache

from tests.servers import ROOT
from tools.build_web import build


@cache
def built_web() -> None:
    """Builds what is not up to date; after `make` that is nothing."""
    build(ROOT)
