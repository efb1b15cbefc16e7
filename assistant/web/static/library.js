// The tab “Library”: the notices with their header fields and warnings; they are removed and read again here.
(() => {
  const { t, el, call, follow, stages } = window.noticeKit;
  const PAGE = 50;
  const fields = () => [
    ["title", t("标题", "Title")], ["document_number", t("文号", "Number")], ["issuer", t("发文机关", "Issuer")],
    ["region", t("地区", "Region")], ["year", t("年份", "Year")], ["issued_on", t("成文日期", "Issued")],
    ["disclosure", t("公开属性", "Disclosure")],
  ];

  // `redraw` has the rest of the page count anew.
  window.noticeLibrary = (root, redraw) => {
    const wanted = { q: "", year: "", region: "", issuer: "" };
    let next = null;
    let writable = false;
    let parts = {};
    const sent = el("ul", { className: "files" }); // stays while the language changes

    const load = async (more = false) => {
      const query = new URLSearchParams({ limit: PAGE, facets: true });
      for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, value);
      if (more) query.set("cursor", next);
      try {
        const found = await call(`/v1/notices?${query}`);
        next = found.next;
        parts.count.textContent = t(`共 ${found.total} 份`, `${found.total} notices`);
        if (!more) parts.rows.replaceChildren();
        parts.rows.append(...found.notices.map(row));
        parts.more.hidden = next === null;
        parts.none.hidden = found.total > 0;
        choices(found.facets);
        parts.said.textContent = "";
      } catch (error) {
        parts.said.textContent = error.message;
      }
    };

    const choices = (facets) => {
      for (const [name, values] of [["year", facets.years], ["region", facets.regions], ["issuer", facets.issuers]]) {
        const options = values.map((value) => el("option", { value, selected: String(value) === wanted[name] }, String(value)));
        parts[name].replaceChildren(el("option", { value: "" }, t("全部", "All")), ...options);
      }
    };

    const row = (notice) => {
      const actions = el("td", { className: "actions" });
      const element = el(
        "tr", { "data-id": notice.notice_id },
        fields().map(([name, label]) => el(name === "title" ? "th" : "td", { "data-label": label, scope: name === "title" ? "row" : null }, cell(notice, name))),
        el("td", { "data-label": t("提示", "Warnings") }, warnings(notice)),
        writable ? actions : null,
      );
      offer(notice, element, actions);
      return element;
    };

    const cell = (notice, name) => {
      if (name !== "title") return notice[name] === null ? "—" : String(notice[name]);
      const standing = notice.replaced_by ? t("已废止", "replaced") : notice.newer_edition ? t("有新版本", "newer edition") : "";
      return [
        el("a", { href: `/n/${notice.notice_id}`, target: "_blank" }, notice.title),
        standing ? el("span", { className: "standing" }, standing) : null,
        el("small", {}, notice.source),
      ];
    };

    const warnings = (notice) => {
      if (!notice.warnings.length) return "—";
      return el(
        "details", {}, el("summary", {}, t(`${notice.warnings.length} 条`, `${notice.warnings.length}`)),
        el("ul", {}, notice.warnings.map((one) => el("li", {}, el("a", {
          href: `/n/${notice.notice_id}?start=${one.start}&end=${one.end}#mark`, target: "_blank",
        }, one.message)))),
      );
    };

    const button = (label, notice, onclick) => el("button", { type: "button", className: "small", onclick, "aria-label": `${label} ${notice.title}` }, label);

    // What can be done with a notice; removing asks once more.
    const offer = (notice, element, actions, focus = "") => {
      const again = button(t("重新读取", "Read again"), notice, () => reread(`/v1/notices/${encodeURIComponent(notice.notice_id)}/reread`, again));
      const away = button(t("移除", "Remove"), notice, () => confirm(notice, element, actions));
      actions.replaceChildren(again, away);
      if (focus) away.focus();
    };

    const confirm = (notice, element, actions) => {
      const back = () => offer(notice, element, actions, "away");
      const yes = button(t("确认移除", "Really remove"), notice, () => remove(notice, element, yes, back));
      yes.classList.add("stop");
      const no = button(t("取消", "Cancel"), notice, back);
      const asked = el("span", { className: "asked", onkeydown: (event) => event.key === "Escape" && back() }, t("移除后所有答案都不再引用它。", "No answer will cite it any more. "), yes, no);
      actions.replaceChildren(asked);
      no.focus();
    };

    const remove = async (notice, element, pressed, back) => {
      pressed.disabled = true;
      try {
        await call(`/v1/notices/${encodeURIComponent(notice.notice_id)}`, { method: "DELETE" });
        element.remove();
        await changed();
        parts.said.textContent = t(`已移除：${notice.title}`, `Removed: ${notice.title}`);
        parts.said.focus();
      } catch (error) {
        back();
        parts.said.textContent = error.message;
      }
    };

    const reread = async (address, pressed) => {
      pressed.disabled = true;
      try {
        const job = await call(address, { method: "POST", headers: { Prefer: "respond-async" } });
        const ended = await follow(job, (now) => {
          const at = now.files.find((file) => !["done", "failed"].includes(file.stage));
          const done = now.files.filter((file) => ["done", "failed"].includes(file.stage)).length;
          parts.said.textContent = `${t("重新读取", "Reading again")} ${done}/${now.files.length}${at ? ` · ${stages()[at.stage]} ${at.name}` : ""}`;
        });
        if (ended.error) throw new Error(ended.error);
        await changed();
        const { indexed, removed, failed } = ended.report;
        const missing = job.without_file ? t(`；${job.without_file} 个文件不在服务器上，请重新上传`, `; ${job.without_file} files are not here, upload them again`) : "";
        parts.said.textContent = (indexed + removed + failed.length
          ? t(`重新读取完成：${indexed} 份有变化，${removed} 份移除，${failed.length} 个文件失败`, `Read again: ${indexed} changed, ${removed} removed, ${failed.length} files failed`)
          : t("重新读取完成：没有变化", "Read again: nothing changed")) + missing;
      } catch (error) {
        parts.said.textContent = error.message;
      } finally {
        pressed.disabled = false;
      }
    };

    const changed = async () => {
      await load();
      if (parts.changes) await parts.changes.load();
      redraw();
    };

    const draw = async () => {
      parts = {
        count: el("span", { className: "count" }), said: el("p", { className: "said-now", role: "status", tabIndex: -1 }),
        rows: el("tbody"), none: el("p", { className: "none", hidden: true }, t("没有符合条件的通知", "No notice matches")),
        more: el("button", { type: "button", hidden: true, onclick: () => load(true) }, t("更多", "More")),
      };
      const accepts = await call("/v1/jobs").then((found) => found.accepts, () => null);
      writable = Boolean(accepts && accepts.writable);
      const note = accepts === null
        ? [t("登录后可上传和移除通知：", "To add and remove notices, sign in: "), el("a", { href: "/login" }, t("登录", "Sign in"))]
        : [t("本服务只读。", "This service is read-only.")];
      parts.changes = accepts ? window.noticeChanges() : null;
      root.replaceChildren(
        writable ? window.noticeUpload(accepts, sent, changed) : el("p", { className: "note" }, note),
        el("section", { className: "held" },
          el("h2", {}, t("通知", "Notices"), " ", parts.count), filters(),
          parts.said, el("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": t("通知列表", "Notices") }, table()), parts.none, parts.more),
        ...(parts.changes ? [parts.changes.element] : []),
      );
      await load();
    };

    const filters = () => {
      let typing = 0;
      const words = el("input", {
        type: "search", id: "library-q", value: wanted.q, maxLength: 200,
        oninput: (event) => {
          if (event.isComposing) return;
          clearTimeout(typing);
          typing = setTimeout(() => {
            wanted.q = words.value.trim();
            load();
          }, 200);
        },
      });
      words.addEventListener("compositionend", () => words.dispatchEvent(new Event("input")));
      const select = (name) => (parts[name] = el("select", { id: `library-${name}`, onchange: (event) => {
        wanted[name] = event.target.value;
        load();
      } }));
      const field = (name, label, control) => el("div", {}, el("label", { htmlFor: `library-${name}` }, label), control);
      const all = el("button", { type: "button", className: "small", onclick: () => reread("/v1/notices/reread", all) }, t("全部重新读取", "Read all again"));
      return el("div", { className: "filters" },
        field("q", t("标题、文号、来源", "Title, number, source"), words), field("year", t("年份", "Year"), select("year")),
        field("region", t("地区", "Region"), select("region")), field("issuer", t("发文机关", "Issuer"), select("issuer")),
        writable ? all : null);
    };

    const table = () => el("table", {},
      el("caption", {}, t("库中的通知", "Notices of this library")),
      el("thead", {}, el("tr", {},
        fields().map(([, label]) => el("th", { scope: "col" }, label)), el("th", { scope: "col" }, t("提示", "Warnings")),
        writable ? el("th", { scope: "col" }, t("操作", "Actions")) : null)),
      parts.rows);

    document.addEventListener("notice-lang", () => root.isConnected && draw());
    let seen = false;
    new IntersectionObserver((entries) => {
      const now = entries.some((entry) => entry.isIntersecting);
      if (now && !seen && parts.rows) {
        load();
        if (parts.changes) parts.changes.load();
      }
      seen = now;
    }).observe(root);
    draw();
  };
})();
