// Questions that the notices can answer: examples before anything is asked, and what goes on from what is typed.
(() => {
  const SHOWN = { examples: 6, typing: 5 };
  const WAIT = 180; // milliseconds without a keystroke
  const lang = () => (window.noticeLang ? window.noticeLang() : "zh");
  const box = () => document.querySelector("#question textarea");

  const fetched = async (words, k, signal) => {
    const query = new URLSearchParams({ q: words, k, lang: lang() });
    const answer = await fetch(`/v1/suggest?${query}`, { signal, headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).suggestions : null;
  };

  // Fills Gradio's box as if it had been typed, and sends it.
  const ask = (words) => {
    const field = box();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, words);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => document.querySelector("#question .submit-button").click());
    field.focus();
  };

  const draw = (list, found) => {
    list.replaceChildren(
      ...found.map((one) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = one.text;
        button.lang = one.lang === "en" ? "en" : "zh-CN";
        item.append(button);
        return item;
      }),
    );
    list.hidden = !found.length;
  };

  let known = [];
  const examples = async () => {
    const place = document.getElementById("examples");
    const list = place && place.querySelector("ul");
    if (!list) return;
    const found = await fetched("", SHOWN.examples).catch(() => null);
    if (!found) return;
    known = found;
    draw(list, found);
  };
  // Gradio draws their place anew after the page has been loaded, and after a new conversation.
  new MutationObserver(() => {
    const list = document.querySelector("#examples ul");
    if (list && known.length && !list.children.length) draw(list, known);
  }).observe(document.documentElement, { childList: true, subtree: true });
  window.noticeExamples = examples; // the page calls it when it has drawn their place
  examples();
  document.addEventListener("notice-lang", () => {
    examples();
    clear();
  });

  let timer = 0;
  let running = null;
  const clear = () => {
    clearTimeout(timer);
    if (running) running.abort();
    const list = document.querySelector("#typing ul");
    if (list) draw(list, []);
  };
  const go = async (words) => {
    running = new AbortController();
    const list = document.querySelector("#typing ul");
    const found = await fetched(words, SHOWN.typing, running.signal).catch(() => null);
    if (list && found) draw(list, found);
  };

  const typed = (event) => {
    if (!event.target.matches || !event.target.matches("#question textarea") || event.isComposing) return;
    clear();
    const words = event.target.value.trim();
    if (words && document.activeElement === event.target && event.isTrusted) timer = setTimeout(go, WAIT, words);
  };
  document.addEventListener("input", typed);
  document.addEventListener("compositionend", typed);
  document.addEventListener("keydown", (event) => {
    if (event.target.matches && event.target.matches("#question textarea") && ["Enter", "Escape"].includes(event.key)) clear();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#examples button, #typing button");
    if (button) ask(button.textContent);
    if (button || event.target.closest("#question .submit-button")) clear();
  });
})();
