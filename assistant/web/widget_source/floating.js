/** The floating button and its dialog: modal, the focus inside it, the page behind it still. */
import { h, focused } from './dom.js';

const SWIPE = 80; // pixels down that close the dialog

let still = null; // the sheet that keeps the page from scrolling; one for all

export class Floating {
  #element;
  #back = null; // where the focus returns to

  constructor(element, ...content) {
    this.#element = element;
    const { t } = element;
    const label = element.getAttribute('label') || t('open');
    this.launcher = h('button', {
      type: 'button', class: 'launcher', part: 'launcher', 'aria-haspopup': 'dialog', 'aria-label': label, title: label,
      onclick: () => this.open(),
    }, '问');
    const shut = h('button', { type: 'button', class: 'icon', part: 'clear', 'aria-label': t('close'), onclick: () => this.close() }, '×');
    const head = h('div', { class: 'head' }, h('p', { class: 'title', id: 'dialog-title' }, element.getAttribute('label') || t('label')), shut);
    this.dialog = h('dialog', {
      class: 'dialog', part: 'dialog', 'aria-labelledby': 'dialog-title',
      onclose: () => this.#closed(),
      onclick: (event) => event.target === this.dialog && this.close(), // beside its content is its backdrop
      oncancel: (event) => this.#composing() && event.preventDefault(),
      onkeydown: (event) => this.#key(event),
    }, h('div', { class: 'inner' }, head, ...content));
    swipes(head, () => this.close());
  }

  get isOpen() {
    return this.dialog.open;
  }

  open() {
    if (this.dialog.open) return;
    this.#back = focused();
    this.dialog.showModal();
    hold(this.dialog);
    this.#element.box.input.focus();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
    this.#closed();
  }

  /** Undo what the dialog did to the page, when the widget leaves it. */
  release() {
    this.#back = null;
    this.close();
  }

  /** Also after Escape, of which the dialog tells only later. */
  #closed() {
    if (!open.has(this.dialog)) return;
    free(this.dialog);
    this.#element.rest();
    const back = this.#back && this.#back.isConnected && this.#back !== document.body ? this.#back : this.launcher;
    this.#back = null;
    if (back.isConnected) back.focus();
  }

  #composing() {
    return this.#element.box.composition.active;
  }

  /** Tab goes round inside the dialog. */
  #key(event) {
    if (event.key !== 'Tab' || event.isComposing) return;
    const stops = [...this.dialog.querySelectorAll('button,input,textarea,a[href],summary,[tabindex="0"]')].filter(
      (one) => one.tabIndex >= 0 && one.getClientRects().length,
    );
    const at = stops.indexOf(this.dialog.getRootNode().activeElement);
    const next = event.shiftKey ? at - 1 : at + 1;
    if (at >= 0 && stops[next]) return;
    event.preventDefault();
    stops[event.shiftKey ? stops.length - 1 : 0].focus();
  }
}

const open = new Set();

function hold(dialog) {
  open.add(dialog);
  if (!still) {
    still = new CSSStyleSheet();
    still.replaceSync('html{overflow:hidden!important}');
  }
  if (!document.adoptedStyleSheets.includes(still)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
}

function free(dialog) {
  open.delete(dialog);
  if (!open.size) document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== still);
}

function swipes(handle, close) {
  let from = null;
  handle.addEventListener('touchstart', (event) => (from = event.touches[0].clientY), { passive: true });
  handle.addEventListener('touchend', (event) => {
    if (from !== null && event.changedTouches[0].clientY - from > SWIPE) close();
    from = null;
  });
}
