// Copies an answer as plain text: the question, the answer with its marks, the quotes with where they stand.
(() => {
  const text = (node) => (node ? node.textContent.trim().replace(/\s*\n\s*/g, "") : "");

  const written = (turn) => {
    const lines = [text(turn.querySelector(".question")), ""];
    for (const line of turn.querySelectorAll(".text p, .text li, .answer > .verdict, .answer > .reason"))
      lines.push((line.tagName === "LI" ? "- " : "") + text(line));
    for (const list of turn.querySelectorAll(".citations, .related")) {
      lines.push("", text(list.querySelector("h2")));
      for (const item of list.querySelectorAll("li")) {
        const link = item.querySelector(".origin a");
        const place = text(item.querySelector(".origin > span"));
        lines.push(`[${item.value}] “${text(item.querySelector(".quote"))}” ${place} ${link.href}`);
      }
    }
    return lines.join("\n") + "\n";
  };

  // Over plain http there is no clipboard but this one.
  const byCommand = (words) => {
    const field = document.createElement("textarea");
    field.value = words;
    field.style.position = "fixed";
    field.style.opacity = "0";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("copy");
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("#conversation button.copy");
    if (!button) return;
    const words = written(button.closest(".turn"));
    const label = button.textContent;
    try {
      if (navigator.clipboard && window.isSecureContext) await navigator.clipboard.writeText(words).catch(() => byCommand(words));
      else byCommand(words);
      button.textContent = button.dataset.copied;
    } catch {
      button.textContent = button.dataset.failed;
    }
    button.focus();
    setTimeout(() => {
      button.textContent = label;
    }, 2500);
  });
})();
