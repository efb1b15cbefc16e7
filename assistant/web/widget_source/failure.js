/** What a failure says to the reader, and what can be done about it. */
import { h } from './dom.js';

const MOST_WAIT = 60; // seconds after which it goes on by itself at most; beyond, only by the reader's hand

/**
 * A failure as it is shown: the words, a way on, and where one may try again.
 * @param {import('./element.js').NoticeSearch} element
 * @param {import('./api.js').ApiError} error
 * @param {() => void} again
 * @returns {{node: HTMLElement, words: string, cancel: () => void}}
 */
export function failure(element, error, again) {
  const words = wordsOf(element, error);
  const node = h('div', { class: 'note', part: 'error' }, h('p', null, words));
  const cancel = waiting(error, again);
  if (error.status === 401) {
    const login = { class: 'button', part: 'button', href: element.settings.endpoint + '/login' };
    node.append(h('a', login, element.t('login_link')));
  } else if (error.status !== 403 && error.status !== 422) {
    const retry = () => {
      cancel();
      again();
    };
    node.append(h('button', { type: 'button', class: 'button', part: 'button', onclick: retry }, element.t('retry')));
  }
  return { node, words, cancel };
}

function wordsOf(element, { status, code, detail, retryAfter }) {
  if (status === 0) return element.t(code);
  if (status === 401) return element.t('login');
  if (status === 403) return element.t('forbidden');
  if (status === 429) return element.t('busy', { n: retryAfter || 5 });
  if (status >= 400 && status < 500) return element.t('invalid', { detail: detail || status });
  return element.t('server');
}

/** Go on when the reason is gone: the time that the server named is over, or the network is back. */
function waiting(error, again) {
  if (error.code === 'offline') {
    addEventListener('online', again, { once: true });
    return () => removeEventListener('online', again);
  }
  const wait = error.status === 429 ? error.retryAfter || 5 : Infinity;
  const timer = wait <= MOST_WAIT ? setTimeout(again, wait * 1000) : 0;
  return () => clearTimeout(timer);
}
