/** A question's answer as it comes, its citations, and what the reader says of it. */
import { Announcer } from './announcer.js';
import { AnswerText } from './answer_text.js';
import { ApiError } from './api.js';
import { h, set } from './dom.js';
import { failure } from './failure.js';
import { safe } from './links.js';
import { SourcePanel } from './source_panel.js';
import { verdict } from './verdict.js';

export class AnswerPanel {
  #element;
  #announcer = new Announcer();
  #running = null;
  #failed = null;
  #citations = new Map();

  constructor(element) {
    this.#element = element;
    this.body = h('div');
    this.node = h('section', { class: 'answer', part: 'answer', 'aria-label': element.t('answer'), hidden: true }, this.body);
    this.live = this.#announcer.node;
    this.source = new SourcePanel(element);
  }

  /** Put a question and show its answer as it comes; an earlier one is given up. */
  async ask(question) {
    this.stop();
    const { t } = this.#element;
    const detail = { mode: 'ask', length: Array.from(question).length };
    if (!this.#element.emit('ns-search', detail)) return;
    const running = (this.#running = new AbortController());
    this.#citations.clear();
    this.source.close(false);
    const text = new AnswerText((number) => this.#mark(number));
    const halt = () => {
      this.stop();
      this.#announcer.say(t('stopped'));
      bar.replaceChildren(h('p', { class: 'soft' }, t('stopped')));
    };
    const bar = h('div', { class: 'bar' }, h('p', { class: 'soft' }, t('thinking')), this.#button(t('stop'), halt));
    this.body.replaceChildren(h('p', { class: 'asked', part: 'question' }, question), text.node, bar);
    this.node.hidden = false;
    set(text.node, 'aria-busy', 'true');
    this.#announcer.say(t('thinking'));
    try {
      for await (const [name, data] of this.#element.api.ask(question, running.signal)) {
        if (running !== this.#running) return;
        if (name === 'citation') this.#citations.set(data.number, data);
        else if (name === 'delta') text.add(data.text);
        else if (name === 'done') this.#finish(question, data, text, bar);
      }
      if (running === this.#running) throw new ApiError(0, 'network'); // it broke off before its end
    } catch (error) {
      if (!running.signal.aborted) this.#fail(error, question, bar);
    } finally {
      set(text.node, 'aria-busy', null);
    }
  }

  /** Give up the answer that is under way. */
  stop() {
    if (this.#running) this.#running.abort();
    if (this.#failed) this.#failed.cancel();
    this.#running = this.#failed = null;
  }

  #finish(question, answer, text, bar) {
    this.#running = null;
    const { t } = this.#element;
    const late = answer.citations.some(({ number }) => !this.#citations.has(number));
    for (const citation of answer.citations) this.#citations.set(citation.number, citation);
    if (late || text.text !== answer.answer) text.replace(answer.answer);
    const { notices, passages } = answer.coverage || {};
    bar.replaceWith(
      ...(answer.warnings || []).map((note) => h('p', { class: 'soft', part: 'note' }, note)),
      ...(answer.table ? [this.#table(answer.table)] : []),
      ...(answer.abstained && answer.related && answer.related.length ? this.#related(answer.related) : []),
      h('p', { class: 'soft', part: 'coverage' }, notices === undefined ? '' : t('coverage', { n: notices, p: passages })),
      verdict(this.#element, question, answer.citations),
    );
    this.#announcer.say(answer.abstained ? answer.reason || answer.answer : t('answered', { n: answer.citations.length }));
  }

  #fail(error, question, bar) {
    this.#running = null;
    const known = error instanceof ApiError ? error : new ApiError(0, 'server', String(error));
    if (!this.#element.emit('ns-error', { status: known.status, code: known.code })) return bar.replaceChildren();
    this.#failed = failure(this.#element, known, () => this.ask(question));
    bar.replaceChildren(this.#failed.node);
    this.#announcer.say(this.#failed.words);
  }

  #button(words, onclick) {
    return h('button', { type: 'button', class: 'button', part: 'button', onclick }, words);
  }

  /** The button of a mark in the text. */
  #mark(number) {
    const citation = this.#citations.get(number);
    if (!citation) return null;
    const label = this.#element.t('citation', { n: number, title: citation.notice_title });
    const open = (event) => this.source.show(citation, event.currentTarget);
    return h('button', { type: 'button', class: 'mark', part: 'citation', 'aria-label': label, onclick: open }, String(number));
  }

  #table({ columns, rows }) {
    const { t } = this.#element;
    const head = h('tr', null, ...columns.map((column) => h('th', { scope: 'col' }, t(column))));
    const line = ({ cells, citations }) => {
      const marks = citations.map((number) => this.#mark(number)).filter(Boolean);
      const last = columns.length - 1;
      return h('tr', null, ...columns.map((column, at) => h('td', null, String(cells[column] ?? ''), ...(at === last ? marks : []))));
    };
    const grid = h('table', null, h('thead', null, head), h('tbody', null, ...rows.map(line)));
    const words = t('table', { n: rows.length });
    const scroll = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': words }, grid);
    return h('details', { part: 'table' }, h('summary', null, words), scroll);
  }

  #related(near) {
    const { endpoint } = this.#element.settings;
    const item = ({ url, quote, notice_title: title }) => {
      const words = [h('span', { class: 'words' }, quote), h('span', { class: 'meta' }, title)];
      return h('li', null, h('a', { href: safe(url, endpoint), part: 'related' }, ...words));
    };
    return [h('p', { class: 'soft' }, this.#element.t('related')), h('ul', { class: 'near' }, ...near.map(item))];
  }
}
