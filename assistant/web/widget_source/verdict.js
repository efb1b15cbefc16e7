/** Whether an answer helped, and a reason where it did not. */
import { h, set } from './dom.js';

const ERRORS = { part: 'note', class: 'soft', role: 'status' };

/**
 * The buttons under an answer. Whoever finds it of use finds its quotes to the point; “of no use” leaves open which are.
 * The page may keep a verdict to itself by cancelling `ns-feedback`.
 */
export function verdict(element, question, citations) {
  const { t } = element;
  const told = h('p', ERRORS);
  const thumb = (given) =>
    h('button', { type: 'button', class: 'thumb', part: 'thumb', 'aria-pressed': 'false', onclick: () => judge(given) }, t(given));
  const good = thumb('good');
  const bad = thumb('bad');
  const words = h('textarea', { part: 'input', rows: 2, maxlength: 500, 'aria-label': t('reason'), placeholder: t('reason') });
  const why = h('form', { class: 'why', hidden: true, onsubmit: (event) => {
    event.preventDefault();
    send('bad', words.value.trim());
  } }, words, h('button', { type: 'submit', class: 'button', part: 'button' }, t('send')));

  function judge(given) {
    set(good, 'aria-pressed', String(given === 'good'));
    set(bad, 'aria-pressed', String(given === 'bad'));
    why.hidden = given === 'good';
    if (given === 'good') send('good', '');
    else words.focus();
  }

  async function send(given, reason) {
    why.hidden = true;
    if (!element.emit('ns-feedback', { verdict: given, reasoned: Boolean(reason) })) return;
    try {
      await element.api.feedback(question, given, reason, given === 'good' ? citations : []);
      told.textContent = t('thanks');
    } catch (error) {
      element.emit('ns-error', { status: error.status || 0, code: error.code || 'server' });
      told.textContent = t(error.status === 0 ? error.code : error.status === 403 ? 'closed' : 'server');
    }
  }

  return h('div', { class: 'verdict', part: 'verdict' }, good, bad, told, why);
}
