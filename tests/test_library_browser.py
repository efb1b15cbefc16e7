"""The tab “Library” in Chromium: upload with progress, filters, removal, reading again, what changed; in both languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.library_files import BROKEN_PDF, as_docx, new_store, notice
from tests.test_page_browser import CHROMIUM, FLAGS, Server

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="apt-get install chromium fonts-noto-cjk")
expect = sync_api.expect
expect.set_options(timeout=30_000)  # milliseconds; several things run on this machine
AXE = Path(__file__).parent / ".node/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(new_store(tmp_path_factory.mktemp("tab"), notice(1, "电梯安全", 2022), notice(2, "食品抽检", 2023)))
    yield server.base
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Any, base: str, query: str = "", **settings: Any) -> Any:
    context = browser.new_context(**{"locale": "zh-CN", "viewport": {"width": 1360, "height": 900}, **settings})
    page = context.new_page()
    page.set_default_timeout(60_000)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{base}/?view=library{query}")
    expect(page.locator(".library tbody tr").first).to_be_visible()
    assert not [url for url in requests if not url.startswith((base, "data:", "blob:"))]
    return page


@pytest.fixture
def page(browser: Any, base: str) -> Iterator[Any]:
    page = opened(browser, base)
    yield page
    page.context.close()


def row(page: Any, words: str) -> Any:
    return page.locator(".library tbody tr").filter(has_text=words)


def upload(page: Any, *files: tuple[str, bytes]) -> Any:
    page.locator("#library-files").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    )
    return page.locator(".library .files li")


def test_files_are_sent_and_each_tells_how_far_it_is(page: Any, browser: Any, base: str) -> None:
    stages: list[str] = []
    page.expose_function("noteStage", lambda stage: stages.append(stage))
    page.evaluate("""new MutationObserver(() => {
        const first = document.querySelector(".library .files li");
        if (first) noteStage(first.dataset.stage);
    }).observe(document.querySelector(".library .files"), {subtree: true, childList: true, attributes: true})""")
    printed = browser.new_page()
    lines = "".join(f"<p>{line}</p>" for line in notice(12, "燃气管网").splitlines())
    printed.set_content(f'<body style="font-family: Noto Sans CJK SC">{lines}</body>')
    pdf = printed.pdf()
    printed.close()
    files = upload(
        page, ("桥梁.docx", as_docx(notice(11, "桥梁养护"))), ("燃气.pdf", pdf),
        ("校车.txt", notice(13, "校车安全").encode()), ("坏.pdf", BROKEN_PDF),
    )  # fmt: skip
    expect(files).to_have_count(4)
    for name in ("桥梁.docx", "燃气.pdf", "校车.txt"):
        expect(files.filter(has_text=name)).to_have_attribute("data-stage", "done")
        expect(files.filter(has_text=name).locator("a").first).to_be_visible()
    expect(files.filter(has_text="坏.pdf")).to_have_attribute("data-stage", "failed")
    expect(files.filter(has_text="坏.pdf").locator(".result")).not_to_be_empty()
    order = ["sending", "received", "reading", "parsing", "indexing", "done"]
    seen = [order.index(stage) for stage in stages if stage]
    assert seen == sorted(seen)
    assert seen[-1] == 5
    for words in ("桥梁养护", "燃气管网", "校车安全"):
        expect(row(page, words)).to_have_count(1)
    expect(page.locator(".library .log > li").first).to_contain_text("校车安全")
    expect(page.locator("#heading")).to_contain_text("5 份通知")
    page.get_by_role("tab", name="提问").click()
    box = page.locator("#question textarea")
    box.fill("哪些单位负责桥梁养护活动")
    box.press("Enter")
    expect(page.locator("#conversation .turn .citations").first).to_contain_text("桥梁养护")


def test_what_cannot_be_taken_says_what_to_do(page: Any) -> None:
    files = upload(page, ("空.txt", b""))
    expect(files.first).to_have_attribute("data-stage", "failed")
    expect(files.first.locator(".result")).to_contain_text("空文件")
    expect(page.locator(".add .said-now")).to_contain_text("空文件")
    files.first.get_by_role("button").click()
    expect(files).to_have_count(0)


def test_filters_narrow_the_list(page: Any) -> None:
    page.get_by_label("年份").select_option("2022")
    expect(page.locator(".library tbody tr")).to_have_count(1)
    expect(row(page, "电梯安全")).to_be_visible()
    page.get_by_label("年份").select_option("")
    page.get_by_label("标题、文号、来源").fill("食品")
    expect(page.locator(".library tbody tr")).to_have_count(1)
    page.get_by_label("标题、文号、来源").fill("火星")
    expect(page.get_by_text("没有符合条件的通知")).to_be_visible()


def test_a_notice_is_removed_after_one_more_question(page: Any) -> None:
    upload(page, ("移除.txt", notice(21, "烟花爆竹").encode()))
    removed = row(page, "烟花爆竹")
    expect(removed).to_have_count(1)
    removed.get_by_role("button", name="移除").click()
    expect(removed.get_by_role("button", name="取消")).to_be_focused()
    page.keyboard.press("Escape")
    expect(removed.get_by_role("button", name="确认移除")).to_have_count(0)
    removed.get_by_role("button", name="移除").click()
    removed.get_by_role("button", name="确认移除").click()
    expect(removed).to_have_count(0)
    expect(page.locator(".held .said-now")).to_contain_text("已移除")
    expect(page.locator(".library .log > li").first).to_contain_text("烟花爆竹")
    page.get_by_role("tab", name="提问").click()
    box = page.locator("#question textarea")
    box.fill("哪些单位负责烟花爆竹活动")
    box.press("Enter")
    expect(page.locator("#conversation .turn .coverage")).to_be_visible()
    assert page.locator("#conversation .turn").get_by_text("关于开展2024年烟花爆竹活动的通知").count() == 0


def test_reading_again_and_what_changed(page: Any) -> None:
    upload(page, ("再读.txt", notice(31, "冷链食品").encode()))
    again = row(page, "冷链食品")
    again.get_by_role("button", name="重新读取").click()
    expect(page.locator(".held .said-now")).to_contain_text("没有变化")
    row(page, "电梯安全").get_by_role("button", name="重新读取").click()
    expect(page.locator(".held .said-now")).to_contain_text("请重新上传")
    upload(page, ("再读.txt", notice(31, "冷链食品").replace("专项检查", "联合执法").encode()))
    change = page.locator(".library .log > li").first
    expect(change).to_contain_text("更新")
    change.locator("summary").click()
    expect(change.locator("del")).to_contain_text("专项检查")
    expect(change.locator("ins")).to_contain_text("联合执法")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, base: str, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core: npm install --prefix tests/.node axe-core")
    page = opened(browser, base, color_scheme=scheme)
    upload(page, ("再来.txt", notice(41, "防汛物资").encode()), ("坏.pdf", BROKEN_PDF))
    expect(row(page, "防汛物资")).to_have_count(1)
    row(page, "防汛物资").get_by_role("button", name="移除").click()
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("(tags) => axe.run('.library', {runOnly: tags})", RULES)
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found["violations"]] == []
    page.locator("#switch").click()
    expect(page.get_by_role("heading", name="Upload notices")).to_be_visible()
    expect(row(page, "防汛物资").get_by_role("button", name="Remove")).to_be_visible()
    page.context.close()


def test_on_a_phone_nothing_is_cut_off(browser: Any, base: str) -> None:
    page = opened(browser, base, viewport={"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(page.locator(".library tbody tr").first.get_by_role("button", name="移除")).to_be_visible()
    page.context.close()
