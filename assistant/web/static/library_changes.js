// The tab “Library”: what the last changes did, passage by passage where a notice was read anew.
(() => {
  const { t, el, call } = window.noticeKit;
  const PAGE = 10;
  const kinds = () => ({
    upload: t("上传", "Upload"), reread: t("重新读取", "Read again"),
    remove: t("移除", "Removal"), folder: t("文件夹同步", "Folder"),
  });
  const whats = () => ({
    added: t("新增", "added"), replaced: t("更新", "changed"), new_edition: t("新版本", "new edition"),
    moved: t("改由此文件提供", "now from this file"), removed: t("移除", "removed"),
  });

  window.noticeChanges = () => {
    const listed = el("ol", { className: "log" });
    const more = el("button", { type: "button", hidden: true, onclick: () => load(next) }, t("更早的变化", "Earlier changes"));
    let next = null;

    const load = async (before = null) => {
      try {
        const found = await call(`/v1/changes?limit=${PAGE}${before ? `&before=${before}` : ""}`);
        if (!before) listed.replaceChildren();
        listed.append(...found.changes.map(entry));
        if (!listed.children.length) listed.append(el("li", { className: "none" }, t("还没有变化", "Nothing has changed yet")));
        next = found.next;
        more.hidden = next === null;
      } catch (error) {
        listed.replaceChildren(el("li", { className: "none" }, error.message));
      }
    };

    const entry = (change) => el(
      "li", {},
      el("span", { className: "when" }, el("time", { dateTime: change.time }, new Date(change.time).toLocaleString(document.documentElement.lang))),
      " ", el("strong", {}, kinds()[change.kind] || change.kind),
      el("ul", {}, change.notices.map(line)),
    );

    const line = (notice) => {
      const title = notice.what === "removed" ? notice.title : el("a", { href: `/n/${notice.notice_id}`, target: "_blank" }, notice.title);
      const counts = notice.passages;
      return el(
        "li", {},
        el("span", { className: `what ${notice.what}` }, whats()[notice.what] || notice.what), " ", title,
        " ", el("small", {}, notice.source),
        counts && counts.differences.length ? differences(counts) : null,
      );
    };

    const differences = (counts) => el(
      "details", {},
      el("summary", {}, t(
        `段落：改 ${counts.changed}，增 ${counts.added}，删 ${counts.removed}，读法有变 ${counts.read_anew}`,
        `passages: ${counts.changed} changed, ${counts.added} added, ${counts.removed} removed, ${counts.read_anew} read otherwise`,
      )),
      el("ul", { className: "differences" }, counts.differences.map((one) => el(
        "li", {},
        el("code", {}, one.passage_id.split("/").slice(1).join("/")),
        one.before === undefined ? null : el("del", {}, one.before),
        one.after === undefined ? null : el("ins", {}, one.after),
      ))),
    );

    load();
    return { element: el("section", { className: "changes" }, el("h2", {}, t("最近的变化", "What changed")), listed, more), load: () => load() };
  };
})();
