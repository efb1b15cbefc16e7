// What the notice page does without: copying. The words of the buttons stand on the body.
(() => {
  const { copyLink, copyQuote, copied } = document.body.dataset;
  const article = document.querySelector("article");
  if (!article || !copyLink) return;

  const copy = async (text) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const box = document.createElement("textarea"); // plain HTTP inside an office: there is no clipboard object
    box.value = text;
    box.setAttribute("readonly", "");
    box.className = "skip";
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    if (!done) throw new Error("not copied");
  };
  const button = (words, text) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", async () => {
      try {
        await copy(text());
        made.textContent = copied;
      } catch {
        made.textContent = "✗";
      }
      setTimeout(() => { made.textContent = words; }, 1500);
    });
    return made;
  };

  const place = document.querySelector(".place");
  const marked = [...document.querySelectorAll("mark")];
  if (!place || !marked.length) return;
  const quote = () => {
    const words = marked.map((mark) => mark.textContent).join("");
    return `“${words}”\n${document.title}\n${location.href}`;
  };
  place.append(button(copyQuote, quote), button(copyLink, () => location.href));
})();
