/** An answer's lines as paragraphs and lists, growing while they come; marks like [1] become buttons. */
import { h } from './dom.js';

const MARK = /\[(\d+)\]/;

export class AnswerText {
  #text = '';
  #done = 0; // lines that are drawn for good
  #last = null; // the line that still grows
  #citation;

  /** @param {(number: number) => Node|null} citation the button of a mark; null where nothing is cited by it */
  constructor(citation) {
    this.#citation = citation;
    this.node = h('div', { class: 'text', part: 'answer-text' });
  }

  get text() {
    return this.#text;
  }

  add(words) {
    this.#text += words;
    const lines = this.#text.split('\n');
    for (; this.#done < lines.length; this.#done++) {
      if (this.#last) this.#last.remove();
      this.#last = this.#line(lines[this.#done]);
      if (this.#done === lines.length - 1) return; // it may go on
      this.#last = null;
    }
  }

  replace(text) {
    this.#text = '';
    this.#done = 0;
    this.#last = null;
    this.node.replaceChildren();
    this.add(text);
  }

  #line(line) {
    if (!line.trim()) return null;
    if (!line.startsWith('- ')) return this.#append(this.node, 'p', line);
    const before = this.node.lastElementChild;
    const list = before && before.localName === 'ul' ? before : this.node.appendChild(h('ul'));
    return this.#append(list, 'li', line.slice(2));
  }

  #append(parent, tag, words) {
    const pieces = words.split(MARK).map((piece, at) => (at % 2 ? this.#citation(Number(piece)) || `[${piece}]` : piece));
    return parent.appendChild(h(tag, null, ...pieces));
  }
}
