// The language of the page: `?lang=`, else what was chosen before, else Chinese. Gradio says "en".
(() => {
  const KEY = "notice-lang";
  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be shut
    }
  };
  const named = new URLSearchParams(location.search).get("lang") || kept();
  let lang = named === "en" ? "en" : "zh";
  const show = () => {
    document.documentElement.lang = lang === "en" ? "en" : "zh-CN";
  };
  window.noticeLang = () => lang;
  window.noticeSwitch = () => {
    lang = lang === "en" ? "zh" : "en";
    show();
    try {
      localStorage.setItem(KEY, lang);
    } catch {
      // then it holds until the page is closed
    }
    const address = new URL(location.href);
    if (address.searchParams.has("lang")) {
      address.searchParams.set("lang", lang);
      history.replaceState(history.state, "", address);
    }
    document.dispatchEvent(new CustomEvent("notice-lang", { detail: lang }));
    return lang;
  };
  show();
  // Gradio sets it to the language of the browser.
  new MutationObserver(() => {
    if (document.documentElement.lang !== (lang === "en" ? "en" : "zh-CN")) show();
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });
})();

// Enter that commits a candidate of an input method is no question. Gradio does not look at this itself.
for (const type of ["keydown", "keypress", "keyup"]) {
  window.addEventListener(
    type,
    (event) => {
      if (event.isComposing || event.keyCode === 229) event.stopImmediatePropagation();
    },
    true,
  );
}

// A new answer is read from its question on. `scrollTo` moves the conversation alone, or the page on a phone.
let shown = 0;
new MutationObserver(() => {
  const talk = document.getElementById("conversation");
  const turns = talk ? talk.querySelectorAll(".turn") : [];
  if (turns.length === shown) return;
  shown = turns.length;
  if (!shown) return;
  const last = turns[shown - 1];
  const scroller = talk.scrollHeight > talk.clientHeight ? talk : document.scrollingElement;
  const above = scroller === talk ? talk.getBoundingClientRect().top : 0;
  scroller.scrollTo({ top: scroller.scrollTop + last.getBoundingClientRect().top - above - 8 });
}).observe(document.documentElement, { childList: true, subtree: true });

// On a phone the notice is a sheet: a citation opens it, its button or Escape closes it and gives the focus back.
let cited = null;
const close = () => {
  if (!document.body.classList.contains("reading")) return;
  document.body.classList.remove("reading");
  if (cited && cited.isConnected) cited.focus({ preventScroll: true });
};
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[target="notice-panel"]');
  if (link) {
    cited = link;
    document.body.classList.add("reading");
  } else if (event.target.closest("#panel .close")) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});

// After a chip of the scope has been taken away, the new answer gets the focus that the chip had. Gradio may keep the element.
let dropping = "";
document.addEventListener("click", (event) => {
  dropping = event.target.closest("#conversation button[data-drop]")?.dataset.drop ?? "";
});
new MutationObserver(() => {
  if (!dropping || document.querySelector(`#conversation button[data-drop="${CSS.escape(dropping)}"]`)) return;
  dropping = "";
  const answer = [...document.querySelectorAll("#conversation .answer")].pop();
  if (!answer) return;
  answer.tabIndex = -1;
  answer.focus({ preventScroll: true });
}).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-drop"] });
