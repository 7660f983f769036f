"""The import contracts in pyproject.toml cover the house as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

from trackline.server.routes import ENDPOINTS

ROOT = Path(__file__).resolve().parents[2]


def test_every_endpoint_module_is_held_apart_from_the_others() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (apart,) = [contract["modules"] for contract in contracts if contract["type"] == "independence"]

    assert apart == sorted({route.endpoint.__module__ for route in ENDPOINTS})
