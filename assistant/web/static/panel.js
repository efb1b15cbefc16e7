// What the panel says before a citation is opened, in the language of the page around it.
(() => {
  const page = window.parent;
  const show = () => {
    const lang = page.noticeLang ? page.noticeLang() : "zh";
    document.documentElement.lang = lang === "en" ? "en" : "zh-CN";
    for (const words of document.querySelectorAll("main p")) words.hidden = !words.lang.startsWith(lang);
  };
  page.document.addEventListener("notice-lang", show);
  show();
})();
