"""Keys in `<notice-search>`: the combobox, input methods and shortcuts, rows 8 to 10 of the checklist."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.widget_pages import (
    ASKED,
    BROWSER,
    PATIENT,
    Site,
    Watched,
    api,
    box,
    browser,
    expect,
    html,
    options,
    page,
    searches,
    site,
    watched,
    widget,
)  # fmt: skip

__all__ = ["api", "browser", "page", "site", "watched"]  # fixtures
pytestmark = BROWSER


def active(page: Any) -> str | None:
    """The words of the option that the input points to, None where it points to none."""
    return page.locator("#w").evaluate(
        """host => { const id = host.shadowRoot.querySelector('input').getAttribute('aria-activedescendant');
        const option = id && host.shadowRoot.getElementById(id);
        return option && option.getAttribute('aria-selected') === 'true' ? option.textContent : null; }"""
    )


# -- row 8: the combobox -----------------------------------------------------------------------------------------------


def test_row_08_the_combobox_is_one(page: Any) -> None:
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    expect(box(page)).to_have_attribute("aria-autocomplete", "list")
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    assert page.locator("#w").evaluate(
        """host => { const root = host.shadowRoot, input = root.querySelector('input');
        const list = root.getElementById(input.getAttribute('aria-controls'));
        const ids = [...list.children].map(option => option.id);
        return list.getAttribute('role') === 'listbox' && new Set(ids).size === ids.length && ids.length > 3
            && [...list.children].every(option => option.getAttribute('role') === 'option')
            && !list.querySelector('[role=option] a, [role=option] button, [role=option] [tabindex="0"]'); }"""
    )
    names = options(page).all_inner_texts()
    assert len(set(names)) == len(names)
    expect(page.locator("#w [role=status]")).to_have_text(re.compile(r"\d+ 条结果"))


def test_row_08_arrows_home_and_end_lead_through_the_list(page: Any) -> None:
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    texts = [option.text_content() for option in options(page).all()]
    assert active(page) is None
    for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1), ("Home", 0), ("End", -1)):
        box(page).press(key)
        assert active(page) == texts[place], key
    expect(box(page)).to_be_focused()


def test_row_08_escape_closes_then_clears_and_tab_leaves(page: Any) -> None:
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    box(page).press("Escape")
    expect(page.locator("#w .popup")).to_be_hidden()
    expect(box(page)).to_have_value(ASKED)
    box(page).press("Escape")
    expect(box(page)).to_have_value("")
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Tab")  # the button that clears
    page.keyboard.press("Tab")
    expect(page.locator("a[href='#next']")).to_be_focused()
    expect(page.locator("#w .popup")).to_be_hidden()


# -- row 9: input methods ----------------------------------------------------------------------------------------------


def test_row_09_a_spelling_is_no_query_and_the_enter_that_commits_opens_nothing(page: Any, watched: Watched) -> None:
    asked = searches(page)
    box(page).focus()
    devtools = watched.context.new_cdp_session(page)
    for text in ("s", "sh", "shui"):
        devtools.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    page.wait_for_timeout(PATIENT * 2)
    assert asked == []
    for key, code in (("Enter", "Enter"), ("Escape", "Escape"), ("ArrowDown", "ArrowDown"), ("Tab", "Tab")):
        devtools.send(
            "Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "code": code, "windowsVirtualKeyCode": 229}
        )
    page.wait_for_timeout(PATIENT)
    assert asked == []
    expect(box(page)).to_have_value("shui")
    devtools.send("Input.insertText", {"text": "税"})
    expect(options(page).first).to_be_visible()
    page.wait_for_timeout(PATIENT)
    assert asked == ["税"]
    assert "/page" in page.url
    expect(box(page)).to_have_value("税")
    box(page).press("ArrowDown")
    box(page).press("Enter")  # a real one
    page.wait_for_url("**/n/**")


def test_row_09_a_candidate_is_chosen_while_results_are_open(page: Any, watched: Watched) -> None:
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    box(page).press("ArrowDown")
    before = active(page)
    devtools = watched.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    for key in ("ArrowDown", "Escape", "Enter", "Home"):
        devtools.send(
            "Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": 229}
        )
    page.wait_for_timeout(100)
    expect(page.locator("#w .popup")).to_be_visible()
    assert active(page) == before
    assert "/page" in page.url


def test_row_09_safari_sends_the_enter_after_the_end_of_the_composition(page: Any) -> None:
    box(page).fill(ASKED)
    expect(options(page).first).to_be_visible()
    box(page).press("ArrowDown")
    box(page).evaluate(
        """input => { input.dispatchEvent(new CompositionEvent('compositionstart'));
        input.dispatchEvent(new CompositionEvent('compositionend', {data: '税'}));
        input.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true})); }"""
    )
    page.wait_for_timeout(200)
    assert "/page" in page.url


@pytest.mark.parametrize(
    "watched", [{"user_agent": "Mozilla/5.0 (Linux; Android 14) Chrome/150.0 Mobile"}], indirect=True
)
def test_row_09_android_keeps_composing_and_is_not_waited_for_for_ever(page: Any, watched: Watched) -> None:
    asked = searches(page)
    box(page).focus()
    devtools = watched.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": "2022", "selectionStart": 4, "selectionEnd": 4})
    page.wait_for_timeout(300)
    assert asked == []
    expect(options(page).first).to_be_visible()
    assert asked == ["2022"]


# -- row 10: shortcuts -------------------------------------------------------------------------------------------------


def test_row_10_shortcuts_lead_to_the_input_but_not_from_other_fields(watched: Watched, api: str, site: Site) -> None:
    fields = (
        '<input id="field" aria-label="a"><textarea id="area" aria-label="b"></textarea><select id="choice" aria-label="c">'
        '<option>1</option></select><div id="rich" contenteditable="true">富文本</div><x-open id="open"></x-open>'
        '<x-closed id="closed"></x-closed><button id="taken">甲</button>'
    )
    page = watched.open(site.page(html(api, fields + widget(api))))
    page.evaluate(
        """() => { for (const mode of ['open', 'closed']) customElements.define('x-' + mode, class extends HTMLElement {
            connectedCallback() { const root = this.attachShadow({mode});
            root.append(document.createElement('input')); this.go = () => root.firstChild.focus(); } });
        document.getElementById('taken').addEventListener('keydown', e => e.preventDefault()); }"""
    )
    for key in ("/", "Control+k"):
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press(key)
        expect(box(page)).to_be_focused()
        expect(box(page)).to_have_value("")
        box(page).blur()
        for name in ("field", "area", "choice", "rich", "open", "closed", "taken"):
            page.evaluate("name => { const e = document.getElementById(name); e.go ? e.go() : e.focus(); }", name)
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.id") == name, (key, name)


def test_row_10_shortcuts_are_chosen_by_the_page(watched: Watched, api: str, site: Site) -> None:
    body = widget(api, 'shortcut="alt+s"') + widget(api, 'shortcut="off"').replace('id="w"', 'id="v"')
    page = watched.open(site.page(html(api, body)))
    for key in ("/", "Control+k"):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Alt+s")
    expect(box(page)).to_be_focused()
