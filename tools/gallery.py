"""`make gallery`: a server with made-up trainings, pictures of its pages in docs/gallery/, and docs/gallery.md.

    python -m tools.gallery [NAME ...]     only these pictures

Needs Chromium. Every picture is to be looked at before it is committed: alignment, overflow, contrast, what is cut off.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.servers import running_server
from tools.gallery_data import Trainings, trained

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "gallery"
DESKTOP, PHONE = (1200, 760), (390, 760)
SETTLED_MS = 700  # curves are drawn, messages are gone


class Picture(NamedTuple):
    name: str
    says: str
    address: str  # {run}, {runs} …: see `places`
    waits_for: str
    dark: bool = False
    size: tuple[int, int] = DESKTOP
    language: str = "en-US"
    press: str = ""  # the label of a button


COLUMNS = (
    *("attributes.start_time", "attributes.duration", "params.lr", "params.depth", "params.optimizer"),
    *("metrics.val/accuracy", "min.val/loss"),
)
ROWS, CHART = ".runs .row:not(.head) a", ".drawing canvas"
PICTURES = (
    Picture("experiments", "Experiments as a tree, with notes and tags", "experiments", ".experiments .row"),
    Picture("empty", "A server without runs shows how to begin", "experiments/{empty}/runs", "main pre"),
    Picture("runs", "The table of runs", "{table}", ROWS),
    Picture("runs-dark", "The same in the dark", "{table}", ROWS, dark=True),
    Picture("runs-phone", "The same on a phone", "{table}", ROWS, size=PHONE),
    Picture("runs-spanish", "The same in Spanish", "{table}", ROWS, language="es-ES"),
    Picture(
        "filter", "A fault in a filter is shown at its character", "{table}&filter=metrics.val/loss+%3C%3C+1", ".fault"
    ),
    Picture("run", "A run", "runs/{run}", ".spark path"),
    Picture("run-phone", "A run on a phone", "runs/{run}", ".spark path", size=PHONE, dark=True),
    Picture("charts", "Its curves, live", "runs/{run}?tab=charts&smooth=0.6", CHART),
    Picture("charts-dark", "What was measured of the machine", "runs/{run}?tab=system", CHART, dark=True),
    Picture("image", "A picture among its files", "runs/{run}?tab=artifacts&path=maps/step=0040.png", ".picture img"),
    Picture("model-file", "A model among its files", "runs/{run}?tab=artifacts&path=model/MLmodel", ".preview .model"),
    Picture("table-file", "A table among its files", "runs/{run}?tab=artifacts&path=predictions.csv", ".sheet .row"),
    Picture("compare", "Runs compared", "compare?{runs}&smooth=0.5", CHART),
    Picture("band", "Runs that share a param, as a band", "compare?{all}&band=params.optimizer&metric=val/loss", CHART),
    Picture("parallel", "Parallel coordinates", "compare?{all}&tab=parallel", ".parallel .run", dark=True),
    Picture(
        "contour",
        "A metric on the map of two params",
        "compare?{all}&tab=contour&sx=params.lr&sy=params.depth&sc=metrics.val/loss",
        ".map path",
    ),
    Picture("boxes", "A metric by a param", "compare?{all}&tab=box&by=params.optimizer", ".box rect"),
    Picture("differences", "What differs", "compare?{runs}&tab=differences", ".diff .row"),
    Picture("images", "Images side by side, by step", "compare?{runs}&tab=images", ".pictures img"),
    Picture("model", "A registered model", "models/{model}", ".history li"),
    Picture("version", "One of its versions", "models/{model}/2", ".pairs", dark=True),
    Picture("server", "The server", "status", ".counts"),
    Picture("keys", "Keys", "experiments", ".experiments .row", press="Keys"),
)


def places(made: Trainings) -> dict[str, str]:
    query = ["&".join(f"run={run}" for run in runs) for runs in (made.runs[:4], made.runs)]
    return {
        "table": f"experiments/{made.experiment}/runs?{'&'.join(f'column={one}' for one in COLUMNS)}",
        "run": made.runs[0],
        "runs": query[0],
        "all": query[1],
        "model": made.model,
        "empty": made.empty,
    }


def take(browser: Browser, url: str, picture: Picture, made: Trainings) -> None:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=picture.language,
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{url}/{picture.address.format(**places(made))}")
    expect(page.locator(picture.waits_for).first).to_be_visible(timeout=60_000)
    if picture.press:
        page.get_by_role("button", name=picture.press, exact=True).click()
    page.wait_for_timeout(SETTLED_MS)
    shoot(page, picture)
    context.close()


def shoot(page: Page, picture: Picture) -> None:
    FOLDER.mkdir(exist_ok=True)
    page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled", caret="hide")


def write_list() -> None:
    parts = [
        "# The pages in pictures",
        "Taken by `make gallery` of a server with made-up trainings. Light and dark follow the system.",
        *(f"## {picture.says}\n\n![{picture.says}](gallery/{picture.name}.png)" for picture in PICTURES),
    ]
    (ROOT / "docs" / "gallery.md").write_text("\n\n".join(parts) + "\n")


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("gallery: there is no Chromium here to open the pages with: apt-get install chromium", file=sys.stderr)
        return 2
    wanted = [one for one in PICTURES if one.name in (sys.argv[1:] or [one.name])]
    with tempfile.TemporaryDirectory(prefix="trackline-gallery-") as folder, running_server(Path(folder)) as server:
        made = trained(server.url)
        places = [f"--backend-store-uri=sqlite:///{folder}/trackline.db", f"--artifacts-destination={folder}/artifacts"]
        measured = [sys.executable, "-m", "trackline", "du", *places]
        subprocess.run(measured, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-dev-shm-usage"])
            for picture in wanted:
                take(browser, server.url, picture, made)
                print(f"gallery: {picture.name}", flush=True)
            browser.close()
    write_list()
    return 0


if __name__ == "__main__":
    sys.exit(main())
