/**
 * Input methods: while a candidate is being chosen nothing is a query and no key is ours.
 *
 * Chromium and Firefox tell by `isComposing`, older engines by keyCode 229. Safari sends the Enter that commits a
 * candidate after `compositionend`, in the same task. Android keyboards keep a composition open while plain words are
 * typed, and Korean ones always compose the last syllable: there the words count after a pause.
 */

const PATIENCE = 6; // debounces that an open composition is waited for, where it holds words and not a spelling
const HANGUL = /^[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]+$/;

export class Composition {
  #active = false;
  #ending = false;
  #words = '';
  #timer = 0;

  /**
   * @param {HTMLInputElement} input
   * @param {{typed: () => void, debounce: () => number}} box `typed` is called when the words in the input count
   */
  constructor(input, box) {
    input.addEventListener('compositionstart', () => {
      this.#active = true;
      this.#words = '';
    });
    input.addEventListener('compositionupdate', (event) => {
      this.#words = event.data || '';
    });
    input.addEventListener('compositionend', () => {
      this.#active = false;
      this.#ending = true;
      setTimeout(() => (this.#ending = false));
      clearTimeout(this.#timer);
      box.typed();
    });
    input.addEventListener('blur', () => (this.#active = false));
    input.addEventListener('input', (event) => {
      clearTimeout(this.#timer);
      if (!this.#active && !event.isComposing) box.typed();
      else if (this.#holdsWords()) this.#timer = setTimeout(() => box.typed(), box.debounce() * PATIENCE);
    });
  }

  /** Whether a candidate is being chosen. */
  get active() {
    return this.#active;
  }

  /** Whether a key belongs to the input method. */
  owns(event) {
    return this.#active || this.#ending || event.isComposing || event.keyCode === 229;
  }

  #holdsWords() {
    return HANGUL.test(this.#words) || /Android/.test(navigator.userAgent);
  }
}
