// The tab “Explore”: drawn when it is first seen; arrow keys move between the cells of the matrix.
window.noticeFocus = (element) => {
  new MutationObserver(() => {
    const target = element.querySelector("[data-focus]");
    if (!target) return;
    target.removeAttribute("data-focus");
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  }).observe(element, { childList: true, subtree: true });
};

// Calls back once an element is seen: what is on a tab is drawn when the tab is opened.
window.noticeSeen = (element, then) => {
  new IntersectionObserver((seen, observer) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    then();
  }).observe(element);
};

window.noticeExplore = (element, trigger) => {
  const pick = (label, group) => trigger("select", { label, group });
  window.noticeSeen(element, () => pick("{}", "open"));

  element.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-pick]");
    if (!button) return;
    if (button.closest("table")) {
      for (const other of element.querySelectorAll(".chosen")) other.classList.remove("chosen");
      button.parentElement.classList.add("chosen");
    }
    pick(button.dataset.pick, button.closest(".years") ? "year" : button.closest(".choice") ? "by" : "cell");
  });

  // One cell of the matrix is in the order of Tab, arrows lead to the others.
  const reach = (button) => {
    for (const other of element.querySelectorAll("table.matrix button")) other.tabIndex = -1;
    if (button) button.tabIndex = 0;
  };
  new MutationObserver(() => {
    if (!element.querySelector('table.matrix button[tabindex="0"]')) reach(element.querySelector("table.matrix td button"));
  }).observe(element, { childList: true, subtree: true });
  element.addEventListener("focusin", (event) => {
    if (event.target.matches("table.matrix button")) reach(event.target);
  });
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  element.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const cell = event.target.closest("table.matrix th, table.matrix td");
    if (!step || !cell || event.isComposing) return;
    const { rows } = cell.closest("table");
    let row = cell.parentElement.rowIndex + step[0];
    let column = cell.cellIndex + step[1];
    while (rows[row]?.cells[column]) {
      const button = rows[row].cells[column].querySelector("button");
      if (button) {
        button.focus();
        break;
      }
      row += step[0];
      column += step[1];
    }
    event.preventDefault();
  });
  window.noticeFocus(element);
};
