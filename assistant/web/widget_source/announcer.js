/** A polite live region that is told of what has come to rest, not of every step. */
import { h } from './dom.js';

const QUIET = 500; // milliseconds without news until the last of it is said

export class Announcer {
  #timer = 0;

  constructor() {
    this.node = h('div', { class: 'unseen', role: 'status', 'aria-live': 'polite', 'aria-atomic': 'true' });
  }

  say(words) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.node.textContent = words), QUIET);
  }

  hush() {
    clearTimeout(this.#timer);
    this.node.textContent = '';
  }
}
