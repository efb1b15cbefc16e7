/** The words behind a citation, in their passage, with the way to the notice. */
import { h, set } from './dom.js';
import { marked } from './highlight.js';
import { safe } from './links.js';

export class SourcePanel {
  #element;
  #opener = null;
  #reading = null;

  constructor(element) {
    this.#element = element;
    this.node = h('aside', {
      class: 'source', part: 'source', role: 'region', tabindex: -1, hidden: true,
      onkeydown: (event) => {
        if (event.key !== 'Escape' || event.isComposing) return;
        event.preventDefault();
        event.stopPropagation();
        this.close();
      },
    });
  }

  /** Show a citation, and bring the focus to it. */
  show(citation, opener) {
    this.close(false);
    this.#opener = opener;
    set(opener, 'aria-expanded', 'true');
    const { t, settings } = this.#element;
    const words = h('blockquote', { part: 'quote' }, h('mark', { part: 'mark' }, citation.quote));
    const path = [citation.document_number, ...(citation.section_path || [])].filter(Boolean).join(' › ');
    const shut = { type: 'button', class: 'icon', part: 'clear', 'aria-label': t('close_source'), onclick: () => this.close() };
    this.node.replaceChildren(
      h('div', { class: 'head' }, h('p', { class: 'title' }, `[${citation.number}] ${citation.notice_title}`), h('button', shut, '×')),
      path ? h('p', { class: 'meta' }, path) : '',
      words,
      h('a', { href: safe(citation.url, settings.endpoint), target: '_blank', rel: 'noopener', part: 'link' }, t('whole')),
    );
    set(this.node, 'aria-label', t('source', { n: citation.number }));
    this.node.hidden = false;
    place(this.node, opener);
    this.node.focus();
    this.#widen(citation, words);
  }

  close(back = true) {
    if (this.#reading) this.#reading.abort();
    this.#reading = null;
    this.node.hidden = true;
    if (!this.#opener) return;
    set(this.#opener, 'aria-expanded', null);
    if (back) this.#opener.focus();
    this.#opener = null;
  }

  /** The passage around the quote, as far as the quote lies in it; the quote alone says enough where that fails. */
  async #widen({ passage_id: id, start, end }, words) {
    const reading = (this.#reading = new AbortController());
    try {
      const passage = await this.#element.api.passage(id, reading.signal);
      const from = start - passage.start;
      if (reading !== this.#reading || from < 0 || end > passage.end) return;
      words.replaceChildren(...marked(Array.from(passage.text), [{ start: from, end: end - passage.start }]));
    } catch {
      // the quote stands there already
    }
  }
}

/** Beside the line that its mark stands in: nobody has to look for it. */
function place(node, opener) {
  const line = opener.closest('.scroll,p,li');
  if (line.localName === 'li') line.append(node);
  else line.after(node);
}
