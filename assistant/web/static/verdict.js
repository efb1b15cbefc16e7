// A reader's verdict on an answer goes to /v1/feedback: “of use” at once, “of no use” with a reason.
(() => {
  const part = (box, name) => box.querySelector(name);

  const send = async (box, verdict, reason, citations) => {
    const said = part(box, ".said-so");
    const body = { ...JSON.parse(box.dataset.body), verdict, reason, citations };
    try {
      const answer = await fetch("/v1/feedback", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error((await answer.json()).detail);
      for (const name of ["good", "bad"]) part(box, `.${name}`).setAttribute("aria-pressed", String(name === verdict));
      part(box, "form").hidden = true;
      said.textContent = box.dataset.thanks;
    } catch (error) {
      said.textContent = `${box.dataset.failed}${error.message ? ` (${error.message})` : ""}`;
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#conversation .judge p button");
    if (!button) return;
    const box = button.closest(".judge");
    const form = part(box, "form");
    part(box, ".said-so").textContent = "";
    // Whoever finds the whole answer of use finds its quotes to the point.
    if (button.classList.contains("good")) send(box, "good", "", JSON.parse(box.dataset.cited));
    else {
      form.hidden = !form.hidden;
      if (!form.hidden) part(form, "input").focus();
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("#conversation .judge form");
    if (!form) return;
    event.preventDefault();
    const box = form.closest(".judge");
    const why = form.querySelector("input[name=why]:checked");
    const chosen = why ? why.closest("label").textContent.trim() : "";
    const reason = [chosen, form.querySelector("input[name=more]").value.trim()].filter(Boolean).join("：");
    // Only that reason speaks of the quotes: the others leave open which of them are right.
    send(box, "bad", reason, why && why.value === "citations" ? JSON.parse(box.dataset.cited) : []);
  });
})();
