"""A run's files in the browser: each kind is shown as what it is, and nothing of it runs where it could do harm."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.made import EVIL, MLMODEL, made_experiment, made_file, made_run

# Two columns, three rows, snappy; written by pyarrow.
PARQUET = base64.b64decode(
    "UEFSMRUAFT4VQCwVBhUAFQYVBhwAAAAfNAIAAAAGAQQAAABMaW1hAQgwT3NsbwUAAABRdWl0bxUAFSwVMCwVBhUAFQYVBhwAAAAWVAIAAAADAwAA"
    "AAAAACVAZmZmZmZm5j8VBBk8NQAYBnNjaGVtYRUEABUMJQIYBGNpdHklAEwcAAAAFQolAhgGcGVvcGxlABYGGRwZLCYAHBUMGSUGABkYBGNpdHkV"
    "AhYGFmQWZiYISRwVABUAFQIAPBYaGQYZJgAGAAAAJgAcFQoZJQYAGRgGcGVvcGxlFQIWBhZSFlYmbkkcFQAVABUCADwpBhkmAgQAAAAWtgEWBiYI"
    "FrwBACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNS4wLjEZLBwAABwAAADJAAAAUEFSMQ=="
)
# It tries what a page of ours could do, and writes down what it could.
SPY = """<!doctype html><body><h1>report</h1><script>
const tries = {
  origin: () => window.origin,
  cookie: () => document.cookie,
  storage: () => localStorage.length,
  page: () => parent.document.title,
  leave: () => { if (top !== self) top.location = "/experiments?left=1"; },
};
const seen = Object.entries(tries).map(([name, look]) => {
  try { return name + "=" + look(); } catch (error) { return name + "!" + error.name; }
});
document.body.append(seen.join(" "));
fetch("/api/trackline/experiments").then(
  () => document.body.append(" fetch=worked"), () => document.body.append(" fetch!failed"));
</script>"""


@pytest.fixture
def run(http: httpx.Client, request: pytest.FixtureRequest) -> str:
    return made_run(http, made_experiment(http, f"files/{request.node.name}"), "has files")


@pytest.fixture
def loose(context: BrowserContext) -> Iterator[Page]:
    """A tab of documents that try what they may not. The browser says so in its console; no dialog may come of it."""
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    yield page
    assert dialogs == []


def test_folders_open_one_by_one_and_the_address_keeps_the_file(page: Page, http: httpx.Client, run: str) -> None:
    made_file(http, run, "logs/deep/train.log", "epoch 1\nepoch 2\n")
    made_file(http, run, "top.txt", "x" * 2048)
    page.goto(f"/runs/{run}?tab=artifacts")
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(2)
    expect(tree.get_by_role("treeitem", name="top.txt")).to_contain_text("2 KiB")
    tree.get_by_role("treeitem", name="logs").click()
    tree.get_by_role("treeitem", name="deep").click()
    tree.get_by_role("treeitem", name="train.log").click()
    expect(page.locator("pre.text")).to_contain_text("epoch 2")
    assert "path=logs%2Fdeep%2Ftrain.log" in page.url
    page.reload()
    expect(page.locator("pre.text")).to_contain_text("epoch 2")
    page.go_back()
    expect(page.get_by_role("heading", name="deep")).to_be_visible()


def test_a_file_and_a_folder_are_downloaded(page: Page, http: httpx.Client, run: str) -> None:
    made_file(http, run, "out/a.txt", "alpha")
    page.goto(f"/runs/{run}?tab=artifacts&path=out/a.txt")
    with page.expect_download() as file:
        page.get_by_role("link", name="Download", exact=True).click()
    assert file.value.path().read_bytes() == b"alpha"
    page.get_by_role("treeitem", name="out").click()
    with page.expect_download() as folder:
        page.get_by_role("link", name="Download as tar").click()
    assert folder.value.suggested_filename == f"{run}.tar"
    assert b"out/a.txt" in folder.value.path().read_bytes()


def test_an_html_report_runs_in_an_origin_of_its_own_where_it_can_do_nothing(
    loose: Page, http: httpx.Client, run: str
) -> None:
    made_file(http, run, "report.html", SPY)
    loose.goto(f"/runs/{run}?tab=artifacts&path=report.html")
    body = loose.frame_locator("iframe.document").locator("body")
    expect(body).to_contain_text("fetch!failed")
    expect(body).to_contain_text("origin=null cookie!SecurityError storage!SecurityError page!SecurityError")
    expect(loose.get_by_role("treeitem", name="report.html")).to_be_visible()
    assert "left=1" not in loose.url

    loose.goto(f"/api/trackline/artifacts/shown?run_id={run}&path=report.html")
    expect(loose.locator("body")).to_contain_text("fetch!failed")
    expect(loose.locator("body")).to_contain_text("origin=null cookie!SecurityError storage!SecurityError")


def test_only_documents_are_shown_and_everything_else_is_saved(http: httpx.Client, run: str) -> None:
    for name in ("a.svg", "a.xml", "a.xhtml", "a.js", "a.txt", "a"):
        made_file(http, run, name, SPY)
        for endpoint in ("shown", "file"):
            answer = http.get(f"/api/trackline/artifacts/{endpoint}", params={"run_id": run, "path": name})
            assert answer.headers["content-disposition"].startswith("attachment"), name
            assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    made_file(http, run, "a.html", SPY)
    answer = http.get("/api/trackline/artifacts/file", params={"run_id": run, "path": "a.html"})
    assert answer.headers["content-disposition"].startswith("attachment")
    policy = http.get("/api/trackline/artifacts/shown", params={"run_id": run, "path": "a.html"}).headers[
        "content-security-policy"
    ]
    assert "sandbox allow-scripts;" in policy and "allow-same-origin" not in policy


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("note.md", f"# Title\n\n{EVIL}\n\n[click](javascript:alert(3)) **bold**", EVIL),
        ("table.csv", f'a,b\n"{EVIL}",2\n', EVIL),
        ("data.json", json.dumps({EVIL: EVIL}), "onerror=alert(2)"),
        ("data.yaml", f"key: '{EVIL}'\n", "onerror=alert(2)"),
        ("log.txt", EVIL, EVIL),
        ("<img src=x onerror=alert(4)>.txt", "harmless", "harmless"),
    ],
)
def test_tags_in_files_and_names_are_text(
    page: Page, http: httpx.Client, run: str, name: str, content: str, shown: str
) -> None:
    made_file(http, run, name, content)
    page.goto(f"/runs/{run}?tab=artifacts")
    page.get_by_role("treeitem").filter(has_text=name).click()
    expect(page.locator(".preview")).to_contain_text(shown)
    assert page.locator(".preview script, .preview img, .preview [onerror], .preview a[href^=javascript]").count() == 0


def test_a_notebook_shows_its_cells_and_outputs_and_runs_none(loose: Page, http: httpx.Client, run: str) -> None:
    html = f"<table><tr><td colspan=2 onclick='alert(5)'>42</td></tr></table>{EVIL}<a href='javascript:alert(6)'>go</a>"
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' onload='alert(7)'><script>alert(8)</script></svg>"
    outputs = [
        {"output_type": "execute_result", "data": {"text/html": html, "text/plain": "42"}},
        {"output_type": "display_data", "data": {"image/svg+xml": svg}},
        {"output_type": "stream", "text": ["\x1b[31mred\x1b[0m\n"]},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["Traceback: E"]},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["## Plan\n", EVIL]},
        {"cell_type": "code", "execution_count": 3, "source": "print(42)", "outputs": outputs},
    ]
    made_file(http, run, "work.ipynb", json.dumps({"nbformat": 4, "cells": cells}))
    loose.goto(f"/runs/{run}?tab=artifacts&path=work.ipynb")
    notebook = loose.locator(".notebook")
    expect(notebook.get_by_role("heading", name="Plan")).to_be_visible()
    expect(notebook.get_by_role("cell", name="42")).to_have_attribute("colspan", "2")
    expect(notebook).to_contain_text("[3]")
    expect(notebook.locator("pre.failed")).to_have_text("Traceback: E")
    expect(notebook.locator("pre", has_text="red")).to_have_text("red")
    assert notebook.locator("script, [onclick], [onerror], a[href^=javascript]").count() == 0
    expect(notebook.locator("img")).to_have_count(1)


def test_an_svg_is_a_picture_whose_scripts_do_not_run(page: Page, http: httpx.Client, run: str) -> None:
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30' onload='alert(1)'>"
        "<script>alert(2)</script><rect width='40' height='30'/></svg>"
    )
    made_file(http, run, "plot.svg", svg)
    page.goto(f"/runs/{run}?tab=artifacts&path=plot.svg")
    expect(page.get_by_text(re.compile("^40 . 30$"))).to_be_visible()
    page.get_by_role("button", name="As text").click()
    expect(page.locator("pre.text")).to_contain_text("<script>alert(2)</script>")


def test_a_picture_is_zoomed_pixel_by_pixel(page: Page, http: httpx.Client, run: str) -> None:
    made_file(http, run, "small.png", png(20, 10))
    page.goto(f"/runs/{run}?tab=artifacts&path=small.png")
    picture = page.get_by_role("img", name="small.png")
    expect(page.get_by_text(re.compile("^20 . 10$"))).to_be_visible()
    page.get_by_role("button", name="400 %").click()
    expect(picture).to_have_css("width", "80px")


def test_a_csv_file_is_a_table_of_which_only_the_rows_in_view_are_made(
    page: Page, http: httpx.Client, run: str
) -> None:
    rows = "".join(f'{n},"row {n}, quoted",{n / 7}\n' for n in range(60_000))
    made_file(http, run, "big.csv", f"id,label,value\n{rows}")
    page.goto(f"/runs/{run}?tab=artifacts&path=big.csv")
    sheet = page.get_by_role("grid", name="big.csv")
    expect(sheet.get_by_role("gridcell", name="row 3, quoted", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("the first [0-9,]+ rows"))).to_be_visible()
    assert sheet.get_by_role("row").count() < 60
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.get_by_text("60,000 rows", exact=True)).to_be_visible()


def test_a_parquet_file_is_a_table(page: Page, http: httpx.Client, run: str) -> None:
    made_file(http, run, "cities.parquet", PARQUET)
    page.goto(f"/runs/{run}?tab=artifacts&path=cities.parquet")
    expect(page.get_by_role("columnheader", name="people")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Oslo")).to_contain_text("0.7")
    expect(page.get_by_text("the first 3 of 3 rows")).to_be_visible()
    made_file(http, run, "broken.parquet", b"PAR1 no more")
    page.goto(f"/runs/{run}?tab=artifacts&path=broken.parquet")
    expect(page.locator(".preview pre")).to_contain_text("pd.read_parquet")


def test_of_a_long_log_the_end_is_shown_and_the_rest_on_request(page: Page, http: httpx.Client, run: str) -> None:
    made_file(http, run, "train.log", "".join(f"line {n}\n" for n in range(200_000)))
    page.goto(f"/runs/{run}?tab=artifacts&path=train.log")
    text = page.locator("pre.text")
    expect(text).to_contain_text("line 199999\n")
    expect(text).not_to_contain_text(re.compile("^line 0\n"))
    page.get_by_role("button", name="Beginning").click()
    expect(text).to_contain_text("line 0\nline 1\n")


def test_json_folds(page: Page, http: httpx.Client, run: str) -> None:
    made_file(http, run, "deep.json", json.dumps({"a": {"b": {"c": "hidden"}}, "many": list(range(500))}))
    page.goto(f"/runs/{run}?tab=artifacts&path=deep.json")
    folding = page.locator(".folding")
    expect(folding).to_contain_text("many:")
    expect(folding).not_to_contain_text("hidden")
    folding.get_by_role("button").filter(has_text="b:").click()
    expect(folding).to_contain_text('"hidden"')
    expect(folding.get_by_role("button", name="300 more")).to_be_visible()


def test_a_model_shows_its_signature_and_the_lines_that_load_it(page: Page, http: httpx.Client, run: str) -> None:
    made_file(http, run, "model/MLmodel", MLMODEL)
    made_file(http, run, "model/requirements.txt", "scikit-learn==1.7.2\n")
    page.goto(f"/runs/{run}?tab=artifacts&path=model")
    preview = page.locator(".preview")
    expect(preview.get_by_role("row", name="age")).to_contain_text("double")
    expect(preview.get_by_role("row", name="city")).to_contain_text("string (optional)")
    expect(preview).to_contain_text("float64 [-1]")
    expect(preview).to_contain_text("scikit-learn==1.7.2")
    expect(preview).to_contain_text(f'mlflow.pyfunc.load_model("runs:/{run}/model")')
    expect(preview).to_contain_text(f'mlflow.set_tracking_uri("{str(http.base_url).rstrip("/")}")')


def test_a_sound_is_played_and_a_pdf_has_the_browsers_viewer(page: Page, http: httpx.Client, run: str) -> None:
    made_file(http, run, "beep.wav", wav(800))
    page.goto(f"/runs/{run}?tab=artifacts&path=beep.wav")
    expect(page.locator("audio")).to_have_js_property("duration", 0.1)
    made_file(http, run, "paper.pdf", b"%PDF-1.4\n%%EOF\n")
    answer = http.get("/api/trackline/artifacts/shown", params={"run_id": run, "path": "paper.pdf"})
    assert answer.headers["content-disposition"] == "inline"
    assert answer.headers["content-type"] == "application/pdf"
    assert "script-src" not in answer.headers["content-security-policy"]


def test_a_run_without_files_says_so(page: Page, run: str) -> None:
    page.goto(f"/runs/{run}?tab=artifacts")
    expect(page.get_by_text("No files here.")).to_be_visible()


def png(width: int, height: int) -> bytes:
    """A picture in one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + b"\x1b\x5f\xc1" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def wav(samples: int) -> bytes:
    """Silence, 8,000 samples a second."""
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    data = b"data" + struct.pack("<I", samples) + b"\x80" * samples
    return b"RIFF" + struct.pack("<I", 20 + 8 + len(data)) + b"WAVEfmt " + struct.pack("<I", 16) + form + data
