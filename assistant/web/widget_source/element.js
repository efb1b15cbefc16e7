/** <notice-search>: attributes in, events out; drawing is left to the box, the answer and the dialog. */
import { AnswerPanel } from './answer_panel.js';
import { Api } from './api.js';
import { h, focused } from './dom.js';
import { Floating } from './floating.js';
import { languageOf, message } from './messages.js';
import { join, leave, viewportSheet } from './page.js';
import { SearchBox } from './search_box.js';
import styles from './styles.css';

const FILTERS = ['year', 'region', 'unit', 'issuer'];
const DRAWN = ['mode', 'label', 'placeholder']; // attributes after which everything is drawn anew
const FOUND = ['endpoint', 'scope', 'k', ...FILTERS]; // and those after which results are others
const Base = typeof HTMLElement === 'undefined' ? class {} : HTMLElement; // importing needs no browser

let home = ''; // where the script came from
let sheet = null;

export class NoticeSearch extends Base {
  static observedAttributes = [...DRAWN, ...FOUND, 'lang'];

  #own = null;
  #lang = null;
  #floating = null;
  #panel = null;
  #waiting = false;

  /** Headers that go with every request, such as an Authorization; never an attribute, so that no page shows a key. */
  headers = {};

  constructor() {
    super();
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
    }
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet, viewportSheet()];
    this.api = new Api(this);
    this.t = this.t.bind(this);
  }

  connectedCallback() {
    join(this);
    if (this.#lang !== this.#language()) this.#draw();
  }

  disconnectedCallback() {
    leave(this);
    this.rest();
    if (this.#floating) this.#floating.release();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#lang || before === now) return;
    if (name === 'lang') this.languageChanged();
    else if (DRAWN.includes(name)) this.#later();
    else this.box.renew();
  }

  /** The page's language may have changed. */
  languageChanged() {
    if (this.#language() !== this.#lang) this.#later();
  }

  // -- for the page ---------------------------------------------------------------------------------------------------

  /** `search`, `answer` or `floating`. */
  get mode() {
    const mode = this.getAttribute('mode');
    return mode === 'answer' || mode === 'floating' ? mode : 'search';
  }

  /** What stands in the input. */
  get value() {
    return this.box ? this.box.input.value : '';
  }

  set value(words) {
    if (this.box) this.box.resume(String(words), false);
  }

  /** Words of one's own, by key: see messages.js. */
  set messages(own) {
    this.#own = own;
    if (this.#lang) this.#later();
  }

  /** Look for something as if it had been typed. */
  search(query) {
    this.open();
    this.box.resume(query, true);
  }

  /** Ask something as if it had been typed. */
  ask(question) {
    this.open();
    this.box.resume(question, false);
    if (this.#panel) this.#panel.ask(question);
  }

  /** Bring the focus to the input, in its dialog where there is one. */
  open() {
    if (this.#floating) this.#floating.open();
    this.box.input.focus();
  }

  /** As of any field: what delegatesFocus does would also take the focus from words that one wants to mark. */
  focus() {
    if (this.box) this.box.input.focus();
  }

  /** Close the list and the dialog. */
  close() {
    this.rest();
    if (this.#floating) this.#floating.close();
  }

  // -- for the parts --------------------------------------------------------------------------------------------------

  /** The attributes as they stand, read when they are needed. */
  get settings() {
    const get = (name) => this.getAttribute(name);
    const filters = {};
    for (const name of FILTERS) {
      if (get(name)) filters[name] = get(name);
    }
    const number = (name, usual) => (Number(get(name)) > 0 ? Number(get(name)) : usual);
    return {
      endpoint: absolute(get('endpoint') || home || '/'),
      scope: get('scope') === 'public' ? 'public' : null,
      k: Math.min(Math.round(number('k', 8)), 50),
      debounce: number('debounce', 150),
      recents: get('recents') !== 'off',
      target: get('target'),
      lang: this.#lang,
      filters,
    };
  }

  /** Words in the language of the place where the widget stands. */
  t(key, values) {
    return message(this.#lang, this.#own, key, values);
  }

  /** Tell the page; false where it took the matter over. What was typed is not told: read `value` for it. */
  emit(name, detail) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }

  /** Nothing under way, nothing unfolded. */
  rest() {
    if (this.box) this.box.close();
    if (this.#panel) this.#panel.stop();
  }

  // -- drawing --------------------------------------------------------------------------------------------------------

  #later() {
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      if (this.isConnected) this.#draw();
      else this.#lang = null; // drawn when it comes back
    });
  }

  #draw() {
    const had = this.box && { value: this.value, open: this.box.open, focus: this.shadowRoot.contains(focused()) };
    const dialog = this.#floating && this.#floating.isOpen;
    this.rest();
    if (this.#floating) this.#floating.release();
    this.#lang = this.#language();
    this.#panel = this.mode === 'search' ? null : new AnswerPanel(this);
    this.box = new SearchBox(this, this.#panel && ((question) => this.#panel.ask(question)));
    const content = this.#panel ? [this.box.node, this.#panel.node, this.#panel.live] : [this.box.node];
    this.#floating = this.mode === 'floating' ? new Floating(this, ...content) : null;
    const parts = this.#floating ? [this.#floating.launcher, this.#floating.dialog] : content;
    this.shadowRoot.replaceChildren(h('div', { class: 'root', part: 'root', lang: this.#lang }, ...parts));
    if (dialog && this.#floating) this.#floating.open();
    if (!had) return;
    if (had.focus) this.open();
    this.box.resume(had.value, had.open);
  }

  /** The language of the nearest element that names one, also outside of a shadow root that it stands in. */
  #language() {
    let at = this;
    while (at) {
      const named = at.closest('[lang]');
      if (named) return languageOf(named.lang);
      at = at.getRootNode().host;
    }
    return languageOf('');
  }
}

/** An address as requests need it; one that is none is left as it is, and fails where it is asked. */
function absolute(address) {
  try {
    return new URL(address, document.baseURI).href.replace(/\/+$/, '');
  } catch {
    return address;
  }
}

/** Make the element known, once, however often the script is loaded. */
export function define(address) {
  if (typeof customElements === 'undefined' || customElements.get('notice-search')) return;
  home = address ? new URL(address).href.replace(/\/widget\/[^]*$/, '') : '';
  customElements.define('notice-search', NoticeSearch);
}
