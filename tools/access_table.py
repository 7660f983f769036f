"""The table of what each endpoint needs, in docs/access.md:  python tools/access_table.py  writes it anew."""

from __future__ import annotations

from pathlib import Path

from trackline.server.access import Needs
from trackline.server.routes import ENDPOINTS

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "access.md"
HEAD = "| endpoint | needs |\n|---|---|\n"


def table() -> str:
    """One line for each need, in the order of the endpoints."""
    by_need: dict[str, list[str]] = {}
    for route in ENDPOINTS:
        path = f"{route.api[0]}{route.path}".removeprefix("/api/2.0/mlflow/")
        shown = f"`{route.method} {path}`"
        named = by_need.setdefault(said(route.needs), [])
        if shown not in named:
            named.append(shown)
    return HEAD + "".join(f"| {', '.join(endpoints)} | {need} |\n" for need, endpoints in by_need.items())


def said(needs: Needs) -> str:
    on_things = not needs.words.startswith(("nothing", "to be"))
    return f"{needs.permission.name} on {needs.words}" if on_things else needs.words


def main() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEAD)
    after = rest.partition("\n\n")[2]
    DOCUMENT.write_text(f"{before}{table()}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
