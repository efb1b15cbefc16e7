// The table of an answer: sorted by the heads of its columns, its rows filtered by what is typed above it.
(() => {
  const order = new Intl.Collator("zh-CN", { numeric: true });
  const rowsOf = (table) => [...table.tBodies[0].rows];

  const sort = (head) => {
    const table = head.closest("table");
    const column = [...head.parentNode.children].indexOf(head);
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.children) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const text = (row) => row.cells[column].textContent;
    const sorted = rowsOf(table).sort((a, b) => (down ? -1 : 1) * order.compare(text(a), text(b)));
    table.tBodies[0].append(...sorted);
  };

  const filter = (field) => {
    const box = field.closest(".rows");
    const rows = rowsOf(box.querySelector("table"));
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const count = box.querySelector(".count");
    const all = words.length ? `${shown} / ${rows.length}` : `${rows.length}`;
    count.textContent = count.dataset.rows.replace("{count}", all);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#conversation button.sort");
    if (button) sort(button.closest("th"));
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("#conversation input.only")) filter(event.target);
  });
})();
