"""The documents say what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackline.settings import SETTINGS, Setting

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_flag_and_its_variable(setting: Setting) -> None:
    text = "\n".join(document.read_text() for document in DOCUMENTS)

    named = [*setting.flag.split("/"), setting.env[0]]

    assert [name for name in named if f"`{name}" not in text] == []
