// The tab “Library”: files are sent, and every file tells how far it is. Nothing waits for it.
(() => {
  const { t, el, send, follow, stages } = window.noticeKit;
  const ORDER = ["sending", "received", "reading", "parsing", "indexing", "done"];
  const READ = ".txt,.md,.html,.htm,.docx,.doc,.wps,.rtf,.pdf,.xlsx,.xls,.csv,.png,.jpg,.jpeg,.tif,.tiff,.bmp";

  // `accepts` comes from /v1/jobs, the files stand in `listed`; `changed` is called when notices have come.
  window.noticeUpload = (accepts, listed, changed) => {
    listed.setAttribute("aria-label", t("上传的文件", "Uploaded files"));
    const said = el("p", { className: "said-now", role: "status" });
    const input = el("input", {
      type: "file", multiple: true, accept: READ, id: "library-files",
      onchange: () => {
        start([...input.files]);
        input.value = "";
      },
    });
    const megabytes = Math.round(accepts.max_file_bytes / 1048576);
    const area = el(
      "div", { className: "drop" },
      el("label", { htmlFor: "library-files", className: "choose" }, t("选择文件", "Choose files")), input,
      el("span", {}, t("或拖到这里", "or drop them here")),
      el("small", {}, t(
        `Word、PDF、Excel、网页、文本、扫描件；每个不超过 ${megabytes} MB，可一次选多个`,
        `Word, PDF, Excel, web pages, text, scans; up to ${megabytes} MB each, several at once`,
      )),
    );
    for (const type of ["dragenter", "dragover"]) {
      area.addEventListener(type, (event) => {
        event.preventDefault();
        area.classList.add("over");
      });
    }
    for (const type of ["dragleave", "drop"]) area.addEventListener(type, () => area.classList.remove("over"));
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      start([...event.dataTransfer.files]);
    });

    const start = (files) => {
      for (const part of portions(files)) bring(part);
    };

    // As many files as one request may hold.
    const portions = (files) => {
      const parts = [];
      let size = Infinity;
      for (const file of files) {
        if (size + file.size > accepts.max_request_bytes * 0.9 || parts[parts.length - 1].length >= accepts.max_files) {
          parts.push([]);
          size = 0;
        }
        parts[parts.length - 1].push(file);
        size += file.size;
      }
      return parts;
    };

    const bring = async (files) => {
      const rows = files.map((file) => row(file.name));
      listed.prepend(...rows.map((one) => one.element));
      const form = new FormData();
      for (const file of files) form.append("file", file, file.name);
      try {
        const job = await send("/v1/notices", form, (share) => rows.forEach((one) => one.sent(share)));
        const ended = await follow(job, (now) => now.files.forEach((file, place) => rows[place].now(file, now)));
        if (ended.error) rows.forEach((one) => one.failed(ended.error));
        const read = ended.files.filter((file) => file.stage === "done").length;
        said.textContent = t(`${read} 个文件已入库，${files.length - read} 个失败`, `${read} files are in, ${files.length - read} failed`);
        if (read) changed();
      } catch (error) {
        rows.forEach((one) => one.failed(error.message));
        said.textContent = error.message;
      }
    };

    const row = (name) => {
      const bar = el("progress", { max: ORDER.length, value: 0, "aria-label": name });
      const stage = el("span", { className: "stage" });
      const result = el("span", { className: "result" });
      const close = el("button", {
        type: "button", className: "small", hidden: true, "aria-label": `${t("不再显示", "Dismiss")} ${name}`,
        onclick: () => element.remove(),
      }, "×");
      const element = el("li", {}, el("span", { className: "name" }, name), bar, stage, result, close);
      const show = (at, value) => {
        element.dataset.stage = at;
        stage.textContent = stages()[at];
        bar.value = value;
        bar.hidden = at === "done" || at === "failed";
        close.hidden = !bar.hidden;
      };
      show("sending", 0);
      return {
        element,
        sent: (share) => {
          show("sending", share);
          stage.textContent = `${stages().sending} ${Math.round(share * 100)}%`;
        },
        now: (file, job) => {
          show(file.stage, ORDER.indexOf(file.stage));
          if (job.ahead && file.stage === "received") stage.textContent += t(`（前面还有 ${job.ahead} 项）`, ` (${job.ahead} before it)`);
          const links = file.notices.map((id) => el("a", { href: `/n/${id}`, target: "_blank" }, id));
          const noted = file.source !== name && file.stage === "done" ? t(`存为“${file.source}”`, `kept as “${file.source}”`) : "";
          result.replaceChildren(...(file.reason ? [file.reason] : [noted, ...links].filter(Boolean)));
        },
        failed: (reason) => {
          show("failed", 0);
          result.replaceChildren(reason);
        },
      };
    };

    return el("section", { className: "add" }, el("h2", {}, t("上传通知", "Upload notices")), area, said, listed);
  };
})();
