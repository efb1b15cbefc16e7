// Labelling by keyboard: one passage at a time, every judgement kept at once. What notices say becomes text nodes only.
const GRADES = [["无关", "irrelevant"], ["沾边", "related"], ["部分回答", "answers in part"], ["完全回答", "answers fully"]];
const ADJUDICATED = "=adjudicated";
const main = document.getElementById("label");
const base = location.pathname.replace(/\/$/, "");
let annotator = new URLSearchParams(location.search).get("annotator") || "";
let questions = [], at = 0, current = null, place = 0, done = [], failure = "";

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const both = (chinese, english) => [chinese + " ", element("span", { lang: "en" }, english)];

async function call(path, body) {
  const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
  const response = await fetch(base + path, options);
  const value = await response.json();
  if (!response.ok) throw new Error(value.detail || response.statusText);
  return value;
}

const who = () => "annotator=" + encodeURIComponent(annotator);

async function start() {
  questions = (await call("/state?" + who())).questions;
  const open = questions.findIndex((question) => question.done < question.total);
  await show(open < 0 ? 0 : open);
}

async function show(number) {
  if (!questions.length) return draw();
  at = number;
  current = await call("/question/" + encodeURIComponent(questions[at].id) + "?" + who());
  const open = current.documents.findIndex((found) => !found.judged);
  place = open < 0 ? 0 : open;
  draw();
}

async function keep(grade, note) {
  const found = current.documents[place];
  const body = { annotator, question: current.id, document: found.id, grade, note: note ?? found.note };
  try {
    await call("/judgement", body);
  } catch (error) {
    failure = "没有保存 not saved: " + error.message;
    draw();
    return;
  }
  failure = "";
  if (!found.judged) questions[at].done += 1;
  done.push({ at, place });
  Object.assign(found, { judged: true, grade, note: body.note });
  if (note === undefined) await step(1);
  else draw();
}

async function undo() {
  const last = done.pop();
  if (!last) return;
  if (last.at !== at) await show(last.at);
  place = last.place;
  const found = current.documents[place];
  if (found.judged) {
    await call("/judgement", { annotator, question: current.id, document: found.id, undo: true });
    questions[at].done -= 1;
    Object.assign(found, { judged: false, grade: null, note: "" });
  }
  draw();
}

async function step(by) {
  const next = place + by;
  if (next >= 0 && next < current.documents.length) {
    place = next;
    draw();
  } else if (at + by >= 0 && at + by < questions.length) {
    await show(at + by);
    if (by < 0) place = current.documents.length - 1;
    draw();
  } else {
    draw();
  }
}

function askNote() {
  const field = element("textarea", { rows: 3, "aria-label": "备注 Note" });
  field.value = current.documents[place].note;
  const box = element("dialog", { "aria-label": "备注 Note" }, field,
    element("p", { class: "tools" }, element("button", { onclick: () => box.close("keep") }, ...both("保存", "Save")),
      element("button", { onclick: () => box.close() }, ...both("取消", "Cancel"))));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); box.close("keep"); }
  });
  box.addEventListener("close", () => {
    box.remove();
    const found = current.documents[place];
    if (box.returnValue !== "keep") return;
    if (found.judged) keep(found.grade, field.value).catch(report);
    else { found.note = field.value; draw(); } // goes with the judgement: a note alone would be a skip
  });
  main.append(box);
  box.showModal();
}

function help() {
  const keys = [["0 1 2 3", ...both("评分", "grade")], ["s", ...both("跳过", "skip")], ["n", ...both("备注", "note")],
    ["u", ...both("撤销", "undo")], ["← →", ...both("前后移动", "move")], ["?", ...both("帮助", "this help")]];
  const box = element("dialog", { "aria-label": "按键 Keys" },
    element("dl", {}, ...keys.flatMap(([key, ...words]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, ...words)])),
    element("button", { onclick: () => box.close() }, ...both("关闭", "Close")));
  box.addEventListener("close", () => box.remove());
  main.append(box);
  box.showModal();
}

function draw() {
  const total = questions.reduce((sum, question) => sum + question.total, 0);
  const judged = questions.reduce((sum, question) => sum + question.done, 0);
  if (!questions.length || !current) {
    main.replaceChildren(element("p", {}, ...both("没有要判的内容。", "Nothing to judge.")), back());
    return;
  }
  const found = current.documents[place];
  const bar = element("div", { class: "bar" }, element("span", {}, annotator === ADJUDICATED ? "裁定 adjudication" : annotator),
    element("span", { class: "grow" }), element("span", { role: "status" }, `${judged} / ${total}`), back());
  const filters = Object.entries(current.filters).map(([key, value]) => `${key}: ${value}`).join("，");
  const asked = element("section", { class: "question", "aria-label": "问题 Question" },
    ...current.history.map((turn) => element("p", {}, turn + " ▸")), element("h1", {}, current.text), filters ? element("p", {}, filters) : null);
  const link = found.url ? element("a", { href: found.url, target: "_blank", rel: "noopener" }, ...both("原文", "in its notice")) : null;
  const text = element("article", { class: "document", "aria-live": "polite", "aria-label": "段落 Passage" },
    element("p", { class: "path" }, `${place + 1} / ${current.documents.length}　${found.title}　`, link), element("p", { class: "text" }, found.text));
  const grades = element("div", { class: "grades", role: "group", "aria-label": "评分 Grade" }, ...GRADES.map(([chinese, english], grade) =>
    element("button", { "aria-pressed": String(found.judged && found.grade === grade), onclick: () => keep(grade) },
      element("b", {}, String(grade)), element("span", {}, chinese), element("span", { lang: "en" }, english))));
  const skipped = found.judged && found.grade === null;
  const tool = (key, words, action, pressed) => element("button", { onclick: action, "aria-pressed": pressed === undefined ? null : String(pressed) },
    element("kbd", {}, key), " ", ...both(...words));
  const tools = element("div", { class: "tools" }, tool("s", ["跳过", "Skip"], () => keep(null), skipped), tool("n", [found.note ? "备注 ✓" : "备注", "Note"], askNote),
    tool("u", ["撤销", "Undo"], undo), tool("←", ["上一段", "Back"], () => step(-1)), tool("→", ["下一段", "Next"], () => step(1)), tool("?", ["按键", "Keys"], help));
  const others = Object.entries(found.grades).map(([person, grade]) => `${person}: ${grade ?? "–"}`).join("　");
  const complete = judged === total ? element("p", { role: "status" }, ...both("全部判完。", "All is judged.")) : null;
  main.replaceChildren(bar, element("progress", { max: total, value: judged, "aria-label": "进度 Progress" }), asked, text,
    others ? element("p", { class: "others" }, others) : "", grades, tools, complete ?? "", failure ? element("p", { class: "error", role: "alert" }, failure) : "");
}

const back = () => element("a", { href: "/eval/" }, ...both("全部任务", "All sessions"));

function askName() {
  const field = element("input", { id: "name", required: "", maxlength: 80, autocomplete: "username" });
  const form = element("form", {}, element("h1", {}, ...both("标注", "Labelling")), element("label", { for: "name" }, ...both("您的名字", "Your name")), " ",
    field, " ", element("button", {}, ...both("开始", "Start")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = field.value.trim().replace(/^=+/, "");
    if (name) location.search = "?annotator=" + encodeURIComponent(name);
  });
  main.replaceChildren(form);
  field.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !current || document.querySelector("dialog[open]")) return;
  const actions = { s: () => keep(null), n: askNote, u: undo, ArrowLeft: () => step(-1), ArrowRight: () => step(1), "?": help };
  const action = "0123".includes(event.key) && event.key.length === 1 ? () => keep(Number(event.key)) : actions[event.key];
  if (action) { event.preventDefault(); Promise.resolve(action()).catch(report); }
});

function report(error) {
  failure = error.message;
  if (current) draw();
  else main.replaceChildren(element("p", { class: "error", role: "alert" }, failure), back());
}

if (annotator) start().catch(report);
else askName();
