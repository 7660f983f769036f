"""What axe-core, the accessibility checker, says of a page as it stands."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Page

from tests.servers import ROOT

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
RUN = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  const told = (id, help, node) => `${id}: ${help}: ${node.html.slice(0, 200)}: ${node.failureSummary}`;
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => told(id, help, node)));
}"""


@cache
def _program() -> str:
    return (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Of WCAG 2.2 A and AA, a line for each element that is not as it should be."""
    page.evaluate(_program())
    found: list[str] = page.evaluate(RUN, list(TAGS))
    return found
