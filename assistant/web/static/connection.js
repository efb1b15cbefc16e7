// Says when the server does not answer, and what to do; says so no more once it does. Gradio itself keeps silent.
(() => {
  const EVERY = 3000; // milliseconds between two looks while it is gone
  const PATIENCE = 10000; // milliseconds that a look may take
  const WORDS = {
    zh: "连不上服务器。请确认网络正常、notices serve 仍在运行；恢复后这行字会消失，请再问一次（问题仍在框中）。",
    en: "The server does not answer. See that the network works and that “notices serve” is running; this line goes away when it answers again. Then ask once more (the question is still in the box).",
  };
  const plain = window.fetch.bind(window);
  let looking = 0;

  const lang = () => (window.noticeLang ? window.noticeLang() : "zh");
  const banner = () => {
    let line = document.getElementById("gone");
    if (!line) {
      line = document.createElement("p");
      line.id = "gone";
      line.setAttribute("role", "alert");
      document.body.prepend(line);
    }
    return line;
  };
  const show = () => {
    banner().textContent = WORDS[lang()];
    document.body.classList.add("without-server");
  };
  const hide = () => {
    const line = document.getElementById("gone");
    if (line) line.remove();
    document.body.classList.remove("without-server");
  };

  const answers = async () => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE);
    try {
      return (await plain("/healthz", { cache: "no-store", signal: limit.signal })).ok;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  };
  const look = async () => {
    clearTimeout(looking);
    if (await answers()) hide();
    else {
      show();
      looking = setTimeout(look, EVERY);
    }
  };

  // A request that never arrived, of whichever part of the page.
  window.fetch = async (...request) => {
    try {
      return await plain(...request);
    } catch (error) {
      if (error.name !== "AbortError") look();
      throw error;
    }
  };
  const asked = (event) => {
    const target = event.target.closest && event.target.closest("#question, #examples, #typing, #kind, #conversation");
    if (target && (event.type === "click" || event.key === "Enter")) look();
  };
  document.addEventListener("keydown", asked);
  document.addEventListener("click", asked);
  window.addEventListener("offline", look);
  window.addEventListener("online", look);
  document.addEventListener("notice-lang", () => {
    if (document.getElementById("gone")) show();
  });
})();
