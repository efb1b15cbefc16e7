"""How `<notice-search>` looks, wherever it stands: rows 6, 7, 8 (axe), 18 and 24 of the checklist."""

from __future__ import annotations

from typing import Any

import pytest

from tests.widget_pages import (
    ASKED,
    BROWSER,
    QUESTION,
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
    violations,
    watched,
    widget,
)  # fmt: skip

__all__ = ["api", "browser", "site", "watched"]  # fixtures
pytestmark = BROWSER
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
HOSTILE = """<style id="hostile">
* { all: unset !important; }
div, span, p, a, ul, button, input, mark, table, dialog { display: none !important; }
* { color: #f0f !important; font: italic 900 40px/3 monospace !important; letter-spacing: .5em !important; text-align: right !important;
    text-transform: uppercase !important; visibility: visible; text-indent: 3em !important; word-spacing: 9px !important; }
*, *::before, *::after { box-sizing: content-box !important; }
html { font-size: 62.5% !important; }
html, body, main { display: block !important; width: 700px !important; padding: 0 !important; margin: 0 !important; }
h1, head, head * { display: none !important; }
notice-search { display: block !important; }
</style>"""
PLAIN = "<style>html, body, main { display: block; width: 700px; padding: 0; margin: 0; } h1 { display: none; }</style>"


def computed(page: Any, selector: str, name: str) -> str:
    return str(page.locator(selector).first.evaluate("(e, name) => getComputedStyle(e)[name]", name))


def with_results(page: Any) -> None:
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    box(page).press("ArrowDown")


def with_answer(page: Any) -> None:
    box(page).fill(QUESTION)
    box(page).press("Enter")
    page.locator("#w [part=citation]").first.click()
    expect(page.locator("#w [part=source]")).to_be_focused()
    page.locator("#w summary").click()


def test_row_06_custom_properties_reach_in_from_the_page(watched: Watched, api: str, site: Site) -> None:
    style = (
        "<style>:root{--ns-mark-bg:rgb(1, 2, 3);--ns-font-size:20px;--ns-radius:0px}"
        "notice-search::part(title){text-decoration-line:underline}</style>"
    )
    page = watched.open(site.page(html(api, widget(api), style)))
    with_results(page)
    assert computed(page, "#w mark", "backgroundColor") == "rgb(1, 2, 3)"
    assert computed(page, "#w .root", "fontSize") == "20px"
    assert computed(page, "#w .field", "borderRadius") == "0px"
    assert computed(page, "#w [part=title]", "textDecorationLine") == "underline"


def test_row_06_dark_by_the_system_or_by_the_attribute(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api))))
    light, dark = "rgb(255, 255, 255)", "rgb(27, 32, 39)"
    for system, theme, expected in (
        ("light", None, light), ("dark", None, dark), ("dark", "auto", dark), ("dark", "light", light), ("light", "dark", dark),
    ):  # fmt: skip
        page.emulate_media(color_scheme=system)
        page.evaluate(
            "t => { const w = document.getElementById('w'); t ? w.setAttribute('theme', t) : w.removeAttribute('theme') }",
            theme,
        )
        assert computed(page, "#w .field", "backgroundColor") == expected, (system, theme)
        assert computed(page, "#w .root", "colorScheme") == ("dark" if expected == dark else "light")


def test_row_07_a_hostile_page_changes_nothing_inside(watched: Watched, api: str, site: Site) -> None:
    pictures = []
    for name, head in (("/plain", PLAIN), ("/hostile", HOSTILE)):
        page = watched.open(site.page(html(api, widget(api, 'mode="answer"'), head), name))
        with_answer(page)
        with_results(page)
        page.mouse.move(900, 700)
        pictures.append(page.locator("#w .root").screenshot(animations="disabled", caret="hide"))
        page.close()
    assert pictures[0] == pictures[1]


def test_row_07_nothing_of_the_widget_changes_the_page(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api) + '<p id="below">下文</p>')))
    look = "() => JSON.stringify([...document.querySelectorAll('main, h1, p')].map(e => [e.getBoundingClientRect().toJSON(), getComputedStyle(e).font, getComputedStyle(e).color]))"
    expect(box(page)).to_be_visible()
    before = page.evaluate(look)
    with_results(page)
    assert page.evaluate(look) == before
    assert page.evaluate("document.querySelectorAll('body > *').length") == 1  # nothing is put elsewhere
    box(page).press("Escape")
    at = page.locator("#below").bounding_box()
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).id", [at["x"] + 2, at["y"] + 2]) == "below"
    assert computed(page, "#w", "backgroundColor") == "rgba(0, 0, 0, 0)"


def test_row_07_no_box_of_the_page_cuts_the_list_off(watched: Watched, api: str, site: Site) -> None:
    box_of = (
        '<div style="overflow:hidden;height:60px;transform:translateX(40px);opacity:.99;position:relative;z-index:0">'
    )
    body = (
        f'{box_of}{widget(api)}</div><div style="position:relative;z-index:99;height:300px;background:#eee">上层</div>'
    )
    page = watched.open(site.page(html(api, body + "<p>下文</p>" * 60)))
    with_results(page)
    field, popup = (page.locator(f"#w [part={part}]").bounding_box() for part in ("field", "popup"))
    assert (popup["x"], popup["width"]) == (field["x"], field["width"])
    assert popup["y"] == pytest.approx(field["y"] + field["height"] + 4, abs=1)
    third = options(page).nth(2).bounding_box()
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).id", [third["x"] + 20, third["y"] + 20]) == "w"
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(300)
    field, popup = (page.locator(f"#w [part={part}]").bounding_box() for part in ("field", "popup"))
    assert popup["y"] == pytest.approx(field["y"] + field["height"] + 4, abs=1)  # it goes along
    assert violations(page) == []


def test_words_of_an_answer_can_be_marked(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="answer"'))))
    box(page).fill(QUESTION)
    box(page).press("Enter")
    page.locator("#w [part=question]").click(click_count=3)
    expect(box(page)).not_to_be_focused()
    expect(page.locator("#w .popup")).to_be_hidden()


def test_row_08_and_24_axe_finds_nothing_in_any_state(watched: Watched, api: str, site: Site) -> None:
    site.put("/none/v1/search", found())
    site.put("/bad/v1/search", as_json({}, 500))
    page = watched.open(site.page(html(api, widget(api))))
    assert violations(page) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        with_results(page)
        assert violations(page) == [], scheme
    page.evaluate("document.getElementById('w').addEventListener('ns-select', e => e.preventDefault())")
    box(page).press("Enter")
    page.locator("#w [part=clear]").click()
    expect(page.locator("#w [part=recent]")).to_be_visible()
    assert violations(page) == []
    for state, part in (("none", "note"), ("bad", "error")):
        box(page).press("Escape")
        page.evaluate("a => document.getElementById('w').setAttribute('endpoint', a)", f"{site.base}/{state}")
        box(page).fill(state)
        expect(page.locator(f"#w [part={part}]").first).to_be_visible()
        assert violations(page) == [], state
    watched.complaints.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_row_24_axe_finds_nothing_in_an_answer(watched: Watched, api: str, site: Site, scheme: str) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="answer"'))))
    page.emulate_media(color_scheme=scheme)
    with_answer(page)
    assert violations(page) == []
    page.get_by_role("button", name="没有帮助").click()
    assert violations(page) == []


@pytest.mark.parametrize("watched", [{}, PHONE], indirect=True, ids=["desktop", "phone"])
def test_row_24_axe_finds_nothing_in_the_dialog(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="floating"'))))
    assert violations(page) == []
    page.locator("#w [part=launcher]").click()
    with_results(page)
    assert violations(page) == []
    with_answer(page)
    assert violations(page) == []


def test_row_24_forced_colors_show_what_is_chosen(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api))))
    page.emulate_media(forced_colors="active")
    with_results(page)
    assert computed(page, "#w [aria-selected=true]", "outlineStyle") == "solid"
    assert computed(page, "#w [aria-selected=false]", "outlineStyle") == "none"
    assert violations(page) == []


def test_row_24_print_shows_the_answer_and_not_the_buttons(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="answer"'))))
    with_answer(page)
    page.emulate_media(media="print")
    expect(page.locator("#w [part=answer-text]")).to_be_visible()
    for part in ("field", "verdict", "popup"):
        expect(page.locator(f"#w [part={part}]")).to_be_hidden()


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
def test_row_18_a_phone_has_room_for_it(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="answer"') + "<p>下文</p>" * 40)))
    with_results(page)
    assert float(computed(page, "#w input", "fontSize").removesuffix("px")) >= 16  # smaller ones make iOS zoom in
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for target in [*options(page).all(), *page.locator("#w button:visible").all()]:
        size = target.bounding_box()
        assert min(size["width"], size["height"]) >= 44
    with_answer(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
def test_row_18_the_dialog_fills_a_phone_and_gives_the_page_back(watched: Watched, api: str, site: Site) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="floating"') + "<p>下文</p>" * 80)))
    overflow = "getComputedStyle(document.documentElement).overflowY"
    assert page.evaluate(overflow) == "visible"
    page.evaluate("scrollTo(0, 300)")
    launcher = page.locator("#w [part=launcher]")
    assert launcher.bounding_box()["width"] >= 44
    launcher.tap()
    dialog = page.locator("#w dialog")
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 320, "height": 640}
    assert page.evaluate(overflow) == "hidden"
    devtools = watched.context.new_cdp_session(page)
    for kind, y in (("touchStart", 30), ("touchMove", 90), ("touchMove", 160), ("touchEnd", None)):
        points = [] if y is None else [{"x": 60, "y": y}]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(dialog).to_be_hidden()
    assert page.evaluate(overflow) == "visible"
    assert page.evaluate("scrollY") == 300
    expect(launcher).to_be_focused()


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
def test_row_18_the_dialog_shrinks_with_the_part_of_the_page_that_is_seen(
    watched: Watched, api: str, site: Site
) -> None:
    page = watched.open(site.page(html(api, widget(api, 'mode="floating"'))))
    page.locator("#w [part=launcher]").tap()
    page.set_viewport_size({"width": 320, "height": 360})  # as where a keyboard comes up
    page.wait_for_function("document.getElementById('w').shadowRoot.querySelector('dialog').offsetHeight === 360")
    expect(box(page)).to_be_in_viewport()


@pytest.mark.parametrize(
    "watched", [{"viewport": {"width": 500, "height": 400}, "reduced_motion": "reduce"}], indirect=True
)
def test_row_18_zoomed_to_200_percent_nothing_is_lost(watched: Watched, api: str, site: Site) -> None:
    """A window of 1000 × 800 at 200 % has the room of one of 500 × 400."""
    site.put(
        "/long/v1/search",
        found(
            *[a_hit(passage_id=f"n/{n}", text="很长的正文。" * 40, notice_title="很长的标题" * 12) for n in range(8)]
        ),
    )
    page = watched.open(site.page(html(api, widget(f"{site.base}/long"))))
    with_results(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 500
    box(page).press("End")
    expect(options(page).last).to_be_in_viewport()
    assert page.locator("#w").evaluate("e => e.shadowRoot.getAnimations().length") == 0
