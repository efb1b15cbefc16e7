/** The input with its list of results: a combobox after WAI-ARIA 1.2 whose options are links. */
import { Announcer } from './announcer.js';
import { ApiError } from './api.js';
import { Composition } from './composition.js';
import { h, set } from './dom.js';
import { failure } from './failure.js';
import { snippet } from './highlight.js';
import { passageLink } from './links.js';
import { recents } from './recents.js';

export class SearchBox {
  #element;
  #onAsk;
  #announcer = new Announcer();
  #timer = 0;
  #running = null; // the AbortController of the request under way
  #failed = null;
  #active = -1;
  #shown = null; // the query whose results the list holds

  /** @param {((question: string) => void)|null} onAsk what Enter does where no result is chosen */
  constructor(element, onAsk) {
    this.#element = element;
    this.#onAsk = onAsk;
    const t = element.t;
    this.input = h('input', {
      part: 'input', type: 'text', role: 'combobox', inputmode: 'search', enterkeyhint: onAsk ? 'send' : 'search',
      autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 500,
      'aria-label': element.getAttribute('label') || t('label'),
      'aria-autocomplete': 'list', 'aria-haspopup': 'listbox', 'aria-controls': 'list', 'aria-expanded': 'false',
      placeholder: element.getAttribute('placeholder') || t(onAsk ? 'ask_placeholder' : 'placeholder'),
      onkeydown: (event) => this.#key(event),
      onfocus: () => this.#idle(),
      onclick: () => (this.input.value.trim() ? this.#reopen() : this.#idle()),
    });
    const wipe = { type: 'button', class: 'icon', part: 'clear', 'aria-label': t('clear'), hidden: true, onclick: () => this.clear() };
    this.wipe = h('button', wipe, '×');
    const ask = { type: 'button', class: 'button', part: 'button', onclick: () => this.#ask() };
    this.field = h('div', { class: 'field', part: 'field' }, this.input, this.wipe, onAsk && h('button', ask, t('ask')));
    this.list = h('div', { id: 'list', role: 'listbox', class: 'list', part: 'list', tabindex: -1, onclick: (event) => this.#clicked(event) });
    this.note = h('div', { class: 'notes' });
    this.foot = h('div', { class: 'foot', part: 'footer' });
    const hold = (event) => event.preventDefault(); // the focus stays in the input
    this.popup = h('div', { class: 'popup', part: 'popup', hidden: true, onmousedown: hold }, this.note, this.list, this.foot);
    this.node = h('div', { class: 'box', onfocusout: (event) => this.#left(event) }, this.field, this.popup, this.#announcer.node);
    this.composition = new Composition(this.input, { typed: () => this.#typed(), debounce: () => element.settings.debounce });
  }

  get open() {
    return !this.popup.hidden;
  }

  /** Look for what stands in the input, without waiting. */
  async run() {
    const query = this.input.value.trim();
    this.#stop();
    if (!query) return this.#idle();
    const detail = { mode: 'search', length: Array.from(query).length };
    if (!this.#element.emit('ns-search', detail)) return;
    const running = (this.#running = new AbortController());
    set(this.list, 'aria-busy', 'true');
    if (!this.#shown) this.#show([], [this.#element.t('loading')]);
    try {
      const found = await this.#element.api.search(query, running.signal);
      if (running === this.#running) this.#results(query, found);
    } catch (error) {
      if (!running.signal.aborted) this.#fail(error);
    }
  }

  /** The results are others now. */
  renew() {
    this.#shown = null;
    if (this.open) this.run();
  }

  /** Close the list and forget what is under way. */
  close() {
    this.#stop();
    this.#announcer.hush();
    this.#activate(-1);
    this.#raise(false);
    this.popup.hidden = true;
    set(this.input, 'aria-expanded', 'false');
  }

  clear() {
    this.input.value = '';
    this.wipe.hidden = true;
    this.#shown = null;
    this.close();
    this.input.focus();
  }

  /** Take over what another box was doing, when the widget is drawn anew. */
  resume(value, open) {
    this.input.value = value;
    this.wipe.hidden = !value;
    if (open && value.trim()) this.run();
  }

  // -- typing ---------------------------------------------------------------------------------------------------------

  #typed() {
    const query = this.input.value.trim();
    this.wipe.hidden = !this.input.value;
    this.#activate(-1); // what was chosen belongs to other words
    if (query === this.#shown && this.open && !this.#running) return;
    this.#stop();
    if (!query) {
      this.#shown = null;
      this.#idle();
      return;
    }
    this.#timer = setTimeout(() => this.run(), this.#element.settings.debounce);
  }

  #stop() {
    clearTimeout(this.#timer);
    if (this.#running) this.#running.abort();
    if (this.#failed) this.#failed.cancel();
    this.#running = this.#failed = null;
    set(this.list, 'aria-busy', null);
  }

  #left({ relatedTarget }) {
    if (!relatedTarget || !this.node.contains(relatedTarget)) this.close();
  }

  #key(event) {
    if (this.composition.owns(event)) return;
    const options = this.list.children.length;
    const along = { ArrowDown: this.#active + 1, ArrowUp: this.#active - 1 + (this.#active < 0), Home: 0, End: options - 1 };
    if (event.key === 'Enter') this.#enter(event);
    else if (event.key === 'Escape') this.#escape(event);
    else if (!(event.key in along) || event.altKey || event.ctrlKey || event.metaKey) return;
    else if (event.key.startsWith('Arrow')) {
      event.preventDefault();
      if (!this.open) this.#reopen();
      else if (options) this.#activate((along[event.key] + options) % options);
    } else if (this.open && this.#active >= 0) {
      event.preventDefault();
      this.#activate(along[event.key]);
    }
  }

  #enter(event) {
    const chosen = this.open ? this.list.children[this.#active] : null;
    event.preventDefault();
    if (!chosen) this.#onAsk ? this.#ask() : this.run();
    else if (event.ctrlKey || event.metaKey || event.shiftKey) this.#elsewhere(chosen);
    else chosen.click();
  }

  /** The first Escape closes, the second clears; what is left of it belongs to the page. */
  #escape(event) {
    if (!this.open && !this.input.value) return;
    event.preventDefault();
    event.stopPropagation();
    this.open ? this.close() : this.clear();
  }

  #ask() {
    const question = this.input.value.trim();
    if (!question) return this.input.focus();
    this.close();
    this.#remember(question);
    this.#onAsk(question);
  }

  // -- what the list shows --------------------------------------------------------------------------------------------

  #reopen() {
    if (this.#shown && this.#shown === this.input.value.trim()) this.#display();
    else this.run();
  }

  #idle() {
    if (this.input.value.trim() || this.composition.active) return;
    const kept = this.#element.settings.recents ? recents.list() : [];
    if (!kept.length) return this.close();
    const t = this.#element.t;
    const again = (query) => h('div', { role: 'option', class: 'hit recent', part: 'recent', 'data-query': query }, query);
    const forget = () => {
      recents.clear();
      this.close();
      this.input.focus();
    };
    this.#show(kept.map(again), [], [h('button', { type: 'button', class: 'link', part: 'button', onclick: forget }, t('forget'))]);
    set(this.list, 'aria-label', t('recents'));
  }

  #results(query, found) {
    this.#running = null;
    this.#shown = query;
    set(this.list, 'aria-busy', null);
    const { t, settings } = this.#element;
    const options = found.hits.map((hit, place) => this.#option(hit, place));
    const corrected = (found.corrections || []).map(({ to }) => t('corrected', { to }));
    const filters = Object.values(settings.filters).join(' · ');
    const empty = options.length ? [] : [t('none', { q: query }), t('advice'), filters && t('narrowed', { filters })];
    const count = t('count', { n: options.length });
    const keys = h('span', { class: 'keys' }, t('keys'));
    this.#show(options, [...corrected, ...empty].filter(Boolean), options.length ? [h('span', null, count), keys] : []);
    set(this.list, 'aria-label', t('results'));
    this.#announcer.say(options.length ? count : t('none', { q: query }));
  }

  #option(hit, place) {
    const { endpoint, scope, target } = this.#element.settings;
    const path = (hit.section_path || []).join(' › ');
    const meta = [hit.year, hit.document_number, path].filter(Boolean).join('　');
    return h(
      'a',
      {
        role: 'option', class: 'hit', part: 'option', tabindex: -1, href: passageLink(hit, endpoint, scope),
        target, rel: target && 'noopener', 'data-place': place,
        'data-notice': hit.notice_id, 'data-passage': hit.passage_id,
      },
      h('span', { class: 'title', part: 'title' }, hit.notice_title),
      h('span', { class: 'words', part: 'snippet' }, ...snippet(hit)),
      h('span', { class: 'meta', part: 'meta' }, meta),
    );
  }

  #fail(error) {
    this.#running = null;
    this.#shown = null;
    const known = error instanceof ApiError ? error : new ApiError(0, 'server', String(error));
    if (!this.#element.emit('ns-error', { status: known.status, code: known.code })) return this.close();
    this.#failed = failure(this.#element, known, () => this.run());
    this.#show([], [this.#failed.node]);
    this.#announcer.say(this.#failed.words);
  }

  #show(options, notes, foot = []) {
    options.forEach((option, place) => {
      option.id = `option-${place}`;
      set(option, 'aria-selected', 'false');
    });
    this.list.replaceChildren(...options);
    this.list.hidden = !options.length;
    this.note.replaceChildren(...notes.map((note) => (typeof note === 'string' ? h('p', { part: 'note' }, note) : note)));
    this.foot.replaceChildren(...foot);
    this.foot.hidden = !foot.length;
    this.#activate(-1);
    this.#display();
  }

  #display() {
    this.popup.hidden = false;
    this.#raise(true);
    set(this.input, 'aria-expanded', 'true');
  }

  /** Into the browser's top layer, where it has one that keeps to the field: no box of the page cuts the list off. */
  #raise(up) {
    const { popup } = this;
    if (!('showPopover' in popup) || !CSS.supports('position-area:bottom') || popup.closest('dialog')) return;
    set(popup, 'popover', 'manual');
    if (!popup.isConnected || popup.matches(':popover-open') === up) return;
    up ? popup.showPopover() : popup.hidePopover();
  }

  #activate(place) {
    const { children } = this.list;
    if (children[this.#active]) set(children[this.#active], 'aria-selected', 'false');
    this.#active = place;
    set(this.input, 'aria-activedescendant', place < 0 ? null : `option-${place}`);
    if (place < 0) return;
    set(children[place], 'aria-selected', 'true');
    children[place].scrollIntoView({ block: 'nearest' });
  }

  // -- choosing -------------------------------------------------------------------------------------------------------

  #clicked(event) {
    const option = event.target.closest('.hit');
    if (!option) return;
    if (option.dataset.query) {
      this.resume(option.dataset.query, true);
      this.input.focus();
    } else if (!this.#select(option)) event.preventDefault();
  }

  #elsewhere(option) {
    if (option.dataset.query) option.click();
    else if (this.#select(option)) open(option.href, '_blank', 'noopener');
  }

  /** Tell the page what was chosen; false where it goes there itself. */
  #select(option) {
    this.#remember(this.input.value.trim());
    const { notice, passage, place } = option.dataset;
    const detail = { notice_id: notice, passage_id: passage, url: option.href, position: Number(place) + 1 };
    return this.#element.emit('ns-select', detail);
  }

  #remember(query) {
    if (query && this.#element.settings.recents) recents.add(query);
  }
}
