
"use strict";
// The switch of colours, and filtering and sorting of the lists of queries. Without it the report is whole, too.
(() => {
  const KEY = "notices-eval-theme";
  const recall = () => { try { return localStorage.getItem(KEY) || ""; } catch { return ""; } }; // none in a sandbox
  const keep = (value) => { try { localStorage.setItem(KEY, value); } catch { /* for this view alone */ } };
  const buttons = [...document.querySelectorAll("[data-theme-choice]")];
  const choose = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => { choose(button.dataset.themeChoice); keep(button.dataset.themeChoice); });
  }
  choose(["light", "dark"].includes(recall()) ? recall() : "");
  document.querySelector(".theme").hidden = false;

  for (const list of document.querySelectorAll(".queries")) {
    const controls = list.parentElement.querySelector(".controls");
    const find = controls.querySelector("[data-find]");
    const groups = [...controls.querySelectorAll("[data-group]")];
    const order = controls.querySelector("[data-order]");
    const worse = controls.querySelector("[data-worse]");
    const count = controls.querySelector("[data-count]");
    const systems = Number(list.dataset.systems);
    const items = [...list.children].map((node, place) => ({
      node, place,
      id: node.querySelector(".id").textContent,
      words: `${node.querySelector(".id").textContent} ${node.querySelector(".text").textContent}`.toLowerCase(),
      keys: node.dataset.k.split(" ").map((key) => (key === "-" ? NaN : Number(key))),
      groups: new Set(node.dataset.g.split(" ")),
    }));
    const filter = () => {
      const wanted = find.value.trim().toLowerCase();
      const chosen = groups.map((select) => select.value).filter(Boolean);
      let shown = 0;
      for (const item of items) {
        const fits = item.words.includes(wanted) && chosen.every((group) => item.groups.has(group))
          && !(worse && worse.checked && !item.keys.slice(systems, 2 * systems - 1).some((change) => change < 0));
        item.node.hidden = !fits;
        shown += fits;
      }
      count.textContent = `显示 ${shown} / ${items.length}`;
    };
    const numbers = new Intl.Collator("zh-CN", { numeric: true });
    const sort = () => {
      const by = Number(order.value) - 2;
      const last = (key) => (Number.isNaN(key) ? Infinity : key);
      const before = by === -2 ? () => 0 : by === -1 ? (a, b) => numbers.compare(a.id, b.id)
        : (a, b) => { const [x, y] = [last(a.keys[by]), last(b.keys[by])]; return x < y ? -1 : x > y ? 1 : 0; };
      list.append(...[...items].sort((a, b) => before(a, b) || a.place - b.place).map((item) => item.node));
    };
    let waiting = 0;
    find.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
    for (const control of [...groups, worse].filter(Boolean)) control.addEventListener("change", filter);
    order.addEventListener("change", sort);
    controls.hidden = false;
    filter();
  }
})();
