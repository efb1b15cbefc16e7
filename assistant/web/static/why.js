// The fold "why these": the search for the question of its turn, each hit with what every part gave to its score.
(() => {
  const say = (chinese, english) => (window.noticeLang && window.noticeLang() === "en" ? english : chinese);
  const PARTS = {
    base: ["起点", "base"],
    lexical: ["词", "words"],
    dense: ["向量", "vectors"],
    late_interaction: ["逐词向量", "late interaction"],
    reranker: ["重排模型", "reranker"],
  };
  const VIA = { synonym: ["同义", "synonym of"], translation: ["译自", "translation of"] };

  const node = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const shares = (contributions) => {
    const bar = node("div", "shares");
    for (const [part, share] of Object.entries(contributions)) {
      const label = node("span", `share ${part}`, `${PARTS[part] ? say(...PARTS[part]) : part} ${share >= 0 ? "+" : ""}${share.toFixed(3)}`);
      label.style.setProperty("--share", Math.max(0, share));
      bar.append(label);
    }
    return bar;
  };

  const terms = (lexical) => {
    const list = node("p", "terms");
    for (const term of lexical.terms.filter((term) => term.score > 0)) {
      const via = VIA[term.via] ? `（${say(...VIA[term.via])} ${term.typed} × ${Number(term.weight.toFixed(2))}）` : "";
      list.append(node("span", `term ${term.via}`, `${term.term} ${term.score.toFixed(2)}${via}`), " ");
    }
    if (!list.childNodes.length) list.textContent = say("没有一个词相符", "no word matches");
    return list;
  };

  const rank = (leg) => (leg.rank ? say(`第 ${leg.rank} 名`, `rank ${leg.rank}`) : say("未入选", "not a candidate"));

  const legs = (why) => {
    const said = [`BM25 ${why.lexical.score.toFixed(2)} / ${why.lexical.bound.toFixed(2)}（${rank(why.lexical)}）`];
    if (why.dense.cosine !== null) said.push(`${say("余弦", "cosine")} ${why.dense.cosine.toFixed(3)}（${rank(why.dense)}）`);
    if (why.late_interaction !== null) said.push(`${say(...PARTS.late_interaction)} ${why.late_interaction.toFixed(3)}`);
    if (why.fusion.score !== null) said.push(`${say("融合", "fusion")} ${why.fusion.score.toFixed(3)}（${rank(why.fusion)}）`);
    return node("p", "legs", said.join(" · "));
  };

  const reason = (hit) => {
    const item = node("li");
    const quote = node("a", "quote", hit.text.length > 90 ? `${hit.text.slice(0, 90)}…` : hit.text);
    quote.href = `/n/${encodeURIComponent(hit.notice_id)}?start=${hit.start}&end=${hit.end}#mark`;
    quote.target = "notice-panel";
    const origin = [hit.notice_title, ...hit.section_path].join(" › ");
    item.append(quote, node("span", "origin", origin));
    const score = node("p", "score", `${say("得分", "score")} ${hit.score.toFixed(3)}`);
    item.append(score, shares(hit.explain.contributions), terms(hit.explain.lexical), legs(hit.explain));
    return item;
  };

  const fill = async (fold) => {
    const place = fold.querySelector(".reasons");
    place.textContent = "…";
    try {
      const answer = await fetch(fold.dataset.search, { headers: { Accept: "application/json" } });
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.detail || answer.statusText);
      const list = node("ol");
      list.append(...found.hits.map(reason));
      const said = found.corrections.map((c) =>
        node("p", "correction", say(`已按“${c.to}”检索（输入的是“${c.from}”）`, `searched for “${c.to}” (typed: “${c.from}”)`)),
      );
      place.replaceChildren(...said, found.hits.length ? list : node("p", "", say("没有找到", "nothing found")));
      fold.dataset.filled = "yes";
    } catch (error) {
      place.textContent = `${say("未能取得，请合上再打开", "Could not be fetched; close and open it again")}: ${error.message}`;
    }
  };

  document.addEventListener(
    "toggle",
    (event) => {
      const fold = event.target;
      if (fold.matches?.("details.why") && fold.open && !fold.dataset.filled) fill(fold);
    },
    true,
  );
})();
