"""Screenshots of every view at desktop and phone width, light and dark (`make screenshots`); look at each of them.

All go to ``build/screenshots/``; with ``--images`` the three that the README shows are written to ``docs/images/`` as well. Needs Debian's
chromium with fonts-noto-cjk and Playwright for Python; nothing is asked of another host.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP, PHONE = {"width": 1360, "height": 900}, {"width": 390, "height": 844}
LOOKS = (
    ("desktop", DESKTOP, "light"),
    ("desktop-dark", DESKTOP, "dark"),
    ("phone", PHONE, "light"),
    ("phone-dark", PHONE, "dark"),
)
ASKED = "哪些单位负责电动自行车相关活动"
SHOWN = {
    "ask-panel-desktop": "page",
    "explore-cell-desktop": "explore",
    "notice-cited-desktop": "notice",
}  # in docs/images
PATIENCE = 60_000  # milliseconds; the machine may be busy


@dataclass(frozen=True, slots=True)
class View:
    """A picture: where it is, and what is done before it is taken."""

    name: str
    path: str
    prepare: Callable[[Any], None]


def _settled(page: Any, selector: str) -> None:
    page.locator(selector).first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(600)


def _shows(selector: str) -> Callable[[Any], None]:
    return lambda page: _settled(page, selector)


def _empty(page: Any) -> None:
    _settled(page, "#question textarea")
    page.wait_for_timeout(1500)  # suggestions and the panel's words come after


def _asked(page: Any) -> None:
    _settled(page, "#conversation .answer [class*=citations], #conversation .answer a.mark")


def _panel(page: Any) -> None:
    _asked(page)
    page.locator("#conversation a.mark").first.click()
    page.frame_locator("#panel iframe").locator("#mark").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(600)


def _cell(page: Any) -> None:
    _settled(page, "table.matrix")
    page.locator("table.matrix td.heat-4 button, table.matrix td.heat-5 button").first.click()
    _settled(page, "#explore-items")
    page.evaluate("scrollTo(0, 0)")


def _deadlines(page: Any) -> None:
    _settled(page, "table.deadlines")
    page.locator("#explore-trends").evaluate("element => element.scrollIntoView()")
    page.wait_for_timeout(300)


def _widget(page: Any) -> None:
    page.wait_for_timeout(1500)


def views(cited: str, whole: str) -> tuple[View, ...]:
    """Every view that is served.

    :param cited: the address of a quote on a notice page
    :param whole: that of a notice with warnings
    """
    asked = f"/?q={quote(ASKED)}"
    return (
        View("ask-empty", "/", _empty),
        View("ask-answered", asked, _asked),
        View("ask-panel", asked, _panel),
        View("ask-english", f"{asked}&lang=en", _asked),
        View("library", "/?view=library", _shows("#tab-library, #views [role=tabpanel]")),
        View("explore", "/?view=explore", _shows("table.matrix")),
        View("explore-cell", "/?view=explore", _cell),
        View("explore-deadlines", "/?view=explore", _deadlines),
        View("evaluate", "/?view=evaluate", _shows("#evaluate .explore")),
        View("notice", whole, _shows("article")),
        View("notice-cited", cited, _shows("#mark")),
        View("notice-english", f"{cited.partition('#')[0]}&lang=en#mark", _shows("#mark")),
        View("notice-missing", "/n/none", _shows("main")),
        View("widget-demo", "/widget/demo", _widget),
        View("docs", "/docs", _shows(".swagger-ui .opblock")),
        View("login", "/login", _shows("main, form, body")),
    )


def main() -> None:
    """Take the pictures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="the views whose names begin so")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--images", action="store_true", help="write those of the README into docs/images, too")
    chosen = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        sys.exit("screenshots: no playwright; make install-dev")
    if not CHROMIUM.exists():
        sys.exit("screenshots: no chromium; apt-get install chromium fonts-noto-cjk")
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        cited, whole = addresses(base)
        for view in views(cited, whole):
            if view.name.startswith(chosen.only):
                for look, size, scheme in LOOKS:
                    path = chosen.out / f"{view.name}-{look}.png"
                    print(f"{path}{take(browser, base, view, size, scheme, path)}", flush=True)
                    image = SHOWN.get(path.stem)
                    if image and chosen.images:
                        shutil.copy(path, ROOT / "docs" / "images" / f"{image}.png")
        browser.close()


def take(browser: Any, base: str, view: View, size: dict[str, int], scheme: str, path: Path) -> str:
    """Take one picture; returns what is wrong with the view: an error, requests elsewhere, sideways scrolling."""
    from playwright.sync_api import Error

    context = browser.new_context(viewport=size, color_scheme=scheme, locale="zh-CN", reduced_motion="reduce")
    troubles: list[str] = []
    context.on(
        "request", lambda r: None if r.url.startswith((base, "data:", "blob:")) else troubles.append(f"asks {r.url}")
    )
    context.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page = context.new_page()
    try:
        page.goto(base + view.path, timeout=PATIENCE)
        view.prepare(page)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            troubles.append(f"{wider} px too wide")
        page.screenshot(path=path, animations="disabled")
    except Error as error:
        troubles.append(error.message.splitlines()[0])
    context.close()
    return "".join(f"\n    {trouble}" for trouble in troubles)


def addresses(base: str) -> tuple[str, str]:
    """A quote's address, and that of a notice with warnings."""
    hits = _json(f"{base}/v1/search?q={quote('电动自行车')}&k=1&year=2024")["hits"]
    notices = _json(f"{base}/v1/notices")["notices"]
    most = max(notices, key=lambda notice: len(notice["warnings"]))
    hit = hits[0]
    return f"/n/{hit['notice_id']}?start={hit['start']}&end={hit['end']}#mark", f"/n/{most['notice_id']}"


def _json(address: str) -> Any:
    import json

    with urllib.request.urlopen(address, timeout=PATIENCE / 1000) as response:
        return json.load(response)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A server over the sample corpus, with a report in its store; ends with the block."""
    binaries, store = Path(sys.executable).parent, folder / "store"
    subprocess.run([binaries / "notices", "index", ROOT / "corpus" / "notices", "--store", store], check=True)
    _report(binaries, folder, store / "reports")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {**os.environ, "NOTICES_LLM_URL": ""}
    command = [binaries / "notices", "serve", "--store", store, "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE / 1000
        while not _answers(base):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("screenshots: the server does not answer")
            time.sleep(0.2)
        yield base
    finally:
        process.terminate()
        process.wait(20)


def _report(binaries: Path, folder: Path, out: Path) -> None:
    """A report of the development questions on the sample corpus, as `notices-eval` measures and writes it."""
    out.mkdir()
    results = []
    for mode in ("lexical", "hybrid"):
        results.append(folder / f"{mode}.json")
        questions, notices = ROOT / "tests" / "questions" / "digest.jsonl", ROOT / "corpus" / "notices"
        subprocess.run(
            [binaries / "notices-eval", "retrieval", "--dataset", questions, "--notices", notices, "--mode", mode, "--out", results[-1]],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    for form in ("html", "json"):
        subprocess.run([binaries / "notices-eval", "report", *results, "--out", out / f"digest.{form}"], check=True)


def _answers(base: str) -> bool:
    try:
        with urllib.request.urlopen(base + "/", timeout=PATIENCE / 1000) as response:
            return bool(response.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
