// What the scripts of the tab “Library” share: words in the chosen language, elements, requests that explain themselves.
(() => {
  const t = (zh, en) => (window.noticeLang && window.noticeLang() === "en" ? en : zh);

  // An element with properties and children; texts are only ever text.
  const el = (tag, properties = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name in made && name !== "list" && name !== "form") made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };

  class Refused extends Error {
    constructor(message, status) {
      super(message);
      this.status = status;
    }
  }

  const GONE = () => t("服务没有回应：请检查网络，或稍后再试", "The server does not answer: check the network, or try again");

  const told = (status, text) => {
    try {
      const problem = JSON.parse(text);
      if (problem.detail) return problem.detail;
    } catch {
      // a proxy's own page
    }
    if (status === 413) return t("文件过大：请分批上传", "Too large: send fewer files at a time");
    return t(`服务出错（${status}）：请稍后再试`, `The server failed (${status}): try again in a moment`);
  };

  // JSON of an address; raises Refused with words that say what to do.
  const call = async (address, options = {}) => {
    let response;
    try {
      response = await fetch(address, { credentials: "same-origin", ...options });
    } catch {
      throw new Refused(GONE(), 0);
    }
    const text = await response.text();
    if (!response.ok) throw new Refused(told(response.status, text), response.status);
    return text ? JSON.parse(text) : null;
  };

  // Send a form; `moved` hears which share of it has been sent.
  const send = (address, form, moved) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", address);
      request.setRequestHeader("Prefer", "respond-async");
      request.upload.onprogress = (event) => event.lengthComputable && moved(event.loaded / event.total);
      request.onerror = () => reject(new Refused(GONE(), 0));
      request.onload = () => {
        const text = request.responseText;
        if (request.status >= 200 && request.status < 300) resolve(JSON.parse(text));
        else reject(new Refused(told(request.status, text), request.status));
      };
      request.send(form);
    });

  // Follow a job; `heard` gets it whenever something changes. Resolves with the job once it has ended.
  const follow = (job, heard) =>
    new Promise((resolve, reject) => {
      heard(job);
      if (job.state === "done" || job.state === "failed") {
        resolve(job);
        return;
      }
      const address = `/v1/jobs/${encodeURIComponent(job.job_id)}`;
      const events = new EventSource(address);
      const hear = (event) => {
        const now = JSON.parse(event.data);
        heard(now);
        if (event.type === "done") {
          events.close();
          resolve(now);
        }
      };
      events.addEventListener("progress", hear);
      events.addEventListener("done", hear);
      events.onerror = () => {
        if (events.readyState !== EventSource.CLOSED) return; // the browser tries again
        call(address).then((now) => follow(now, heard)).then(resolve, reject);
      };
    });

  const stages = () => ({
    sending: t("上传中", "sending"),
    received: t("已收到，等待处理", "received, waiting"),
    reading: t("正在读取", "reading"),
    parsing: t("正在解析", "parsing"),
    indexing: t("正在建立索引", "indexing"),
    done: t("完成", "done"),
    failed: t("失败", "failed"),
  });

  window.noticeKit = { t, el, call, send, follow, stages };
})();
