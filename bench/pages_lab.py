"""A real browser that opens the pages of the peers, with nothing kept from before, and clocks inside the pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, Error, Page, ViewportSize, sync_playwright

from bench.driver import Refused, TookTooLong
from bench.lab import Lab
from bench.pages_data import Shown
from bench.peers import Peer
from bench.scale import Scale

PATIENCE_MS = 120_000
WINDOW = ViewportSize(width=1400, height=900)
# A new window is busy with itself at first: Chromium's own tool bar is a page, too.
SETTLED_MS = 700
# `painted`: ms since the navigation began until what is waited for stood there for two frames.
CLOCK = """
window.painted = (looks) => new Promise((done, fail) => {
  setTimeout(() => fail(new Error(`${looks} was not shown`)), 120000);
  const look = () => {
    if (!document.querySelector(looks)) requestAnimationFrame(look);
    else requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
  };
  look();
});
"""


class PagesLab(Lab):
    def __init__(self, folder: Path, scale: Scale) -> None:
        super().__init__(folder, scale)
        self._shown: dict[Peer, Shown] = {}

    def __enter__(self) -> Self:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if program is None:
            raise Refused("There is no Chromium to open the pages with: apt-get install chromium")
        self._program = program
        self._browser: Browser = self.opened(sync_playwright()).chromium.launch(
            executable_path=program, args=["--disable-dev-shm-usage", "--enable-precise-memory-info"]
        )
        return self

    def shown(self, peer: Peer) -> Shown:
        if peer not in self._shown:
            server = self.opened(self.fresh(peer))
            server.settle()
            self._shown[peer] = Shown(peer, server)
        return self._shown[peer]

    @contextmanager
    def tab(self, peer: Peer) -> Iterator[Page]:
        """Of a browser that has never seen the server."""
        url = self.shown(peer).server.url
        context = self._browser.new_context(base_url=url, viewport=WINDOW, locale="en-US")
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(CLOCK)
        try:
            page = context.new_page()
            page.wait_for_timeout(SETTLED_MS)
            yield page
        except Error as error:
            if "was not shown" in str(error):
                raise TookTooLong(f"not shown within {PATIENCE_MS // 1000} s") from error
            raise Refused(str(error)) from error
        finally:
            context.close()

    def painted_ms(self, peer: Peer, address: str, looks: str) -> float:
        """From the navigation's begin until what the selector names is painted."""
        with self.tab(peer) as page:
            return painted(page, address, looks)

    def facts(self) -> dict[str, str]:
        return {
            "scale": f"{self.scale.name}: median of {self.scale.rounds}, after one that is thrown away",
            "browser": f"Chromium {self._browser.version}, headless, nothing cached",
        }


def painted(page: Page, address: str, looks: str) -> float:
    page.goto(address, wait_until="commit")
    return float(page.evaluate("(looks) => window.painted(looks)", looks))
