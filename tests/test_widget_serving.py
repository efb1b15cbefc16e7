"""`<notice-search>` on other people's pages: rows 1, 3, 4, 5, 19, 20, 21 and 22 of the checklist."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.errors import BadRequest
from assistant.service import Assistant
from assistant.web.app import create_app
from assistant.web.cross_origin import checked
from assistant.web.settings import WebSettings
from tests.widget_pages import (
    BROWSER,
    Site,
    Watched,
    a_hit,
    api,
    as_json,
    box,
    browser,
    expect,
    found,
    html,
    options,
    site,
    watched,
    widget,
)  # fmt: skip

__all__ = ["api", "browser", "site", "watched"]  # fixtures
pytestmark = BROWSER
STRICT = (
    "default-src 'none'; script-src 'self' {api}; style-src 'self'; connect-src {api}; "
    "require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'"
)
HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


def get(address: str, method: str = "GET", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        return urllib.request.urlopen(urllib.request.Request(address, headers=named, method=method), timeout=10)
    except urllib.error.HTTPError as error:
        return error


def test_row_01_one_tag_is_enough_and_loading_it_twice_is_harmless(watched: Watched, api: str, site: Site) -> None:
    tags = (
        f'<script type="module" src="{api}/widget/notice-search.js"></script>'
        f'<script type="module" src="{api}/widget/notice-search.js?again"></script>'
        f'<script src="{api}/widget/notice-search.classic.js"></script>'
    )
    page = watched.open(site.page(html(api, '<notice-search id="w"></notice-search>', script=tags)))
    assert page.evaluate("customElements.get('notice-search').name.length > 0")
    box(page).fill("电动自行车")  # without an endpoint it asks where the script came from
    expect(options(page).first).to_be_visible()


def test_row_01_a_plain_script_serves_as_well(watched: Watched, api: str, site: Site) -> None:
    tag = f'<script src="{api}/widget/notice-search.classic.js"></script>'
    page = watched.open(site.page(html(api, '<notice-search id="w"></notice-search>', script=tag)))
    box(page).fill("电动自行车")
    expect(options(page).first).to_be_visible()


def test_row_03_no_other_host_is_asked_for_anything(watched: Watched, api: str, site: Site) -> None:
    refused: list[str] = []
    watched.context.route(
        lambda url: not url.startswith((api, site.base)),
        lambda route: (refused.append(route.request.url), route.abort()),
    )
    page = watched.open(site.page(html(api, widget(api, 'mode="answer"'))))
    box(page).fill("电动自行车")
    expect(options(page).first).to_be_visible()
    box(page).press("Enter")
    page.locator("#w [part=citation]").first.click()
    expect(page.locator("#w [part=source]")).to_be_visible()
    assert refused == []


def test_row_04_a_strict_policy_and_trusted_types_are_no_hindrance(watched: Watched, api: str, site: Site) -> None:
    body = widget(api) + widget(api, 'mode="floating" shortcut="off"').replace('id="w"', 'id="f"')
    page = watched.open(site.page(html(api, body), Content_Security_Policy=STRICT.format(api=api)))
    box(page).fill("电动自行车")
    expect(options(page).first).to_be_visible()
    assert page.locator("#w .popup").evaluate("e => getComputedStyle(e).borderRadius") == "8px"
    assert page.locator("#w mark").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 240, 179)"
    box(page).press("Escape")
    page.locator("#f [part=launcher]").click()
    expect(page.locator("#f dialog")).to_be_visible()
    box(page, "#f").fill("2022年质量月的活动主题是什么")
    box(page, "#f").press("Enter")
    expect(page.locator("#f [part=citation]").first).to_be_visible()


def test_row_05_what_the_server_sends_is_words(watched: Watched, api: str, site: Site) -> None:
    hit = a_hit(notice_title=HOSTILE, text=HOSTILE, section_path=[HOSTILE], highlights=[{"start": 1, "end": 4}])
    site.put("/words/v1/search", found(hit))
    page = watched.open(site.page(html(api, widget(f"{site.base}/words"))))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    box(page).fill("某事")
    expect(page.locator("#w [part=title]")).to_have_text(HOSTILE)
    expect(page.locator("#w [part=snippet]")).to_have_text(HOSTILE)
    expect(page.locator("#w mark")).to_have_text("img")
    assert page.locator("#w img, #w script, #w [style]").count() == 0


@pytest.mark.parametrize("watched", [{"java_script_enabled": False}], indirect=True)
def test_row_19_without_scripts_the_form_inside_serves(watched: Watched, api: str, site: Site) -> None:
    site.page("<!doctype html><title>t</title><p id=found>找到</p>", "/search")
    form = '<form action="/search"><input name="q" aria-label="检索"><button>检索</button></form>'
    page = watched.open(site.page(html(api, widget(api, content=form))))
    page.locator("input[name=q]").fill("电动自行车")
    page.locator("button").click()
    expect(page.locator("#found")).to_be_visible()
    assert "q=%E7%94%B5" in page.url


def test_row_19_the_page_does_not_jump_when_the_script_comes(watched: Watched, api: str, site: Site) -> None:
    style = "<style>notice-search:not(:defined){display:block;min-height:46px}form{margin:0;height:46px}</style>"
    form = '<form action="/search"><input name="q" aria-label="检索"></form>'
    measure = (
        "<script>window.shift=0;new PerformanceObserver(l=>l.getEntries().forEach(e=>window.shift+=e.value))"
        ".observe({type:'layout-shift',buffered:true})</script>"
    )
    body = widget(api, content=form) + "<p>下文</p>" * 20
    page = watched.open(site.page(html(api, body, style + measure)))
    expect(box(page)).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") < 0.02


def test_row_20_an_origin_that_is_named_may_ask(api: str, site: Site) -> None:
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"}
    preflight = get(f"{api}/v1/ask", "OPTIONS", Origin=site.base, **asked)
    assert preflight.status == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == site.base
    assert preflight.headers["Access-Control-Max-Age"] == "7200"
    answer = get(f"{api}/v1/search?q=1", Origin=site.base)
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    for reply in (preflight, answer):
        assert "Access-Control-Allow-Credentials" not in reply.headers
        assert "Origin" in reply.headers["Vary"]


def test_row_20_every_other_origin_is_refused(watched: Watched, api: str) -> None:
    other = Site()
    preflight = get(f"{api}/v1/ask", "OPTIONS", Origin=other.base, Access_Control_Request_Method="POST")
    assert (preflight.status, json.load(preflight)["code"]) == (403, "origin")
    assert "Access-Control-Allow-Origin" not in get(f"{api}/v1/search?q=1", Origin=other.base).headers
    page = watched.context.new_page()
    page.goto(other.page(html(api, widget(api))))
    box(page).fill("电动自行车")
    expect(page.locator("#w [part=error]")).to_contain_text("无法连接检索服务")
    assert any("CORS" in complaint for complaint in watched.complaints)
    watched.complaints.clear()
    watched.requests[:] = [url for url in watched.requests if not url.startswith(other.base)]
    other.stop()


def test_row_20_a_refusal_can_be_read_by_the_page(tmp_path: Path) -> None:
    """429 with the time to wait, 401 and 500 alike: without these headers a page would see no more than a failure."""
    from index.store import LocalStore

    LocalStore(tmp_path).create()
    origin = "https://oa.example.cn"
    app = create_app(Assistant.open(tmp_path), page=False, settings=WebSettings(origins=(origin,), rate=1))
    with TestClient(app, raise_server_exceptions=False) as client:
        replies = [client.get("/v1/notices", headers={"Origin": origin}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert int(replies[1].headers["Retry-After"]) >= 1
    for reply in replies:
        assert reply.headers["Access-Control-Allow-Origin"] == origin
        assert "Retry-After" in reply.headers["Access-Control-Expose-Headers"]


def test_row_20_an_origin_is_a_scheme_and_a_host() -> None:
    assert checked(["https://OA.example.cn/", "http://10.0.0.8:81"]) == ("https://oa.example.cn", "http://10.0.0.8:81")
    for wrong in ("*", "oa.example.cn", "https://oa.example.cn/path", "null"):
        with pytest.raises(BadRequest, match="--allow-origin takes an origin"):
            checked([wrong])


def test_row_21_a_version_never_changes_and_its_digest_is_checked(watched: Watched, api: str, site: Site) -> None:
    listed = json.load(get(f"{api}/widget/integrity.json"))
    for kind in ("module", "classic"):
        script = get(api + listed[kind]["url"])
        assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert script.headers["Access-Control-Allow-Origin"] == "*"
        assert len(script.read()) == listed[kind]["bytes"]
    address, integrity = listed["module"]["url"], listed["module"]["integrity"]
    tag = f'<script type="module" src="{api}{address}" integrity="{integrity}" crossorigin></script>'
    page = watched.open(site.page(html(api, widget(api), script=tag)))
    expect(box(page)).to_be_visible()

    def tampered(route: Any) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, body=reply.body() + b" ")

    watched.context.route(f"**{address}", tampered)
    page = watched.open(site.page(html(api, widget(api), script=tag), "/tampered"))
    page.wait_for_timeout(300)
    assert page.evaluate("customElements.get('notice-search') === undefined")
    assert any("integrity" in complaint for complaint in watched.complaints)
    watched.complaints.clear()


def test_row_21_an_unknown_version_says_where_the_present_one_stands(api: str) -> None:
    gone = get(f"{api}/widget/v1/notice-search.0000000000000000.js")
    assert gone.status == 404
    assert "/widget/integrity.json" in json.load(gone)["detail"]
    tag = get(f"{api}/widget/notice-search.js").headers["ETag"]
    assert get(f"{api}/widget/notice-search.js", If_None_Match=tag).status == 304


def test_row_22_many_on_one_page_each_ask_for_themselves(watched: Watched, api: str, site: Site) -> None:
    body = widget(api, 'year="2021"') + widget(api, 'year="2024"').replace('id="w"', 'id="v"')
    page = watched.open(site.page(html(api, body)))
    for name, year in (("#w", "2021"), ("#v", "2024")):
        box(page, name).fill("电动自行车")
        expect(options(page, name).first).to_contain_text(year)
    expect(page.locator("#w .popup")).to_be_hidden()


def test_row_22_coming_and_going_leaves_nothing_behind(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, '<div id="a"></div><div id="b"></div>')))
    devtools = watched.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def counts() -> dict[str, float]:
        devtools.send("HeapProfiler.collectGarbage")
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return {m["name"]: m["value"] for m in metrics if m["name"] in ("Nodes", "JSEventListeners", "JSHeapUsedSize")}

    go = """count => { for (let i = 0; i < count; i++) {
        const one = document.createElement('notice-search');
        one.setAttribute('mode', ['search', 'answer', 'floating'][i % 3]);
        document.getElementById('a').append(one);
        document.getElementById('b').append(one);
        one.open();
        one.remove();
    } }"""
    page.evaluate(go, 6)
    page.wait_for_timeout(100)
    before = counts()
    page.evaluate(go, 100)
    page.wait_for_timeout(100)
    after = counts()
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["Nodes"] <= before["Nodes"] + 50
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 500_000
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
    assert page.evaluate("getComputedStyle(document.documentElement).overflow") == "visible"


def test_row_22_what_was_typed_survives_a_move_and_the_way_back(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, f'<div id="a">{widget(api)}</div><div id="b"></div>')))
    box(page).fill("电动自行车")
    expect(options(page).first).to_be_visible()
    page.evaluate("document.getElementById('b').append(document.getElementById('w'))")
    expect(box(page)).to_have_value("电动自行车")
    box(page).focus()
    box(page).press("ArrowDown")
    expect(options(page).first).to_be_visible()
    box(page).press("ArrowDown")
    box(page).press("Enter")
    page.wait_for_url("**/n/**")
    page.go_back()
    box(page).fill("电梯")
    expect(options(page).first).to_be_visible()


def test_the_public_scope_goes_with_every_request(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="answer" scope="public"'))))
    box(page).fill("2022年质量月的活动主题是什么")
    expect(options(page).first).to_have_attribute("href", re.compile("scope=public"))
    box(page).press("Enter")
    page.locator("#w [part=citation]").first.click()
    expect(page.locator("#w [part=source]")).to_be_visible()
    page.wait_for_timeout(200)
    asked = [url for url in watched.requests if "/v1/" in url]
    assert len(asked) >= 3
    assert all("scope=public" in url for url in asked)


def test_a_filter_that_changes_changes_the_results(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'year="2021"'))))
    box(page).fill("电动自行车")
    expect(options(page).first).to_contain_text("2021")
    page.locator("#w").evaluate("host => host.setAttribute('year', '2024')")
    expect(options(page).first).to_contain_text("2024")


def test_an_endpoint_that_is_no_address_is_told_to_the_reader(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget("http://[::bad"))))
    box(page).fill("电动自行车")
    expect(page.locator("#w [part=error]")).to_contain_text("无法连接检索服务")


def test_highlights_come_with_the_search(api: str) -> None:
    listed = json.load(get(f"{api}/v1/search?q=%E7%94%B5%E5%8A%A8%E8%87%AA%E8%A1%8C%E8%BD%A6&k=3&highlight=true"))
    assert listed["hits"]
    for hit in listed["hits"]:
        assert [hit["text"][span["start"] : span["end"]] for span in hit["highlights"]]
        assert 0 <= hit["snippet"]["start"] < hit["snippet"]["end"] <= len(hit["text"])
    plain = json.load(get(f"{api}/v1/search?q=1&k=1"))
    assert all("highlights" not in hit for hit in plain["hits"])


def test_the_demonstration_is_clean(watched: Watched, api: str) -> None:
    page = watched.open(f"{api}/widget/demo")
    box(page, "#search").fill("电动自行车")
    expect(options(page, "#search").first).to_be_visible()
    box(page, "#search").press("Escape")
    page.locator("[name=hostile]").check()
    box(page, "#search").fill("电梯")
    expect(options(page, "#search").first).to_be_visible()


def test_a_wrong_shape_is_an_error_that_can_be_read(watched: Watched, api: str, site: Site) -> None:
    site.put("/odd/v1/search", as_json({"unexpected": True}))
    page = watched.open(site.page(html(api, widget(f"{site.base}/odd"))))
    box(page).fill("某事")
    expect(page.locator("#w [part=error]")).to_be_visible()
