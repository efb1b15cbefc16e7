/** The endpoint: searches, answers as they come, verdicts. Every failure is one ApiError. */

const PATIENCE = 20000; // milliseconds until a server that says nothing counts as unreachable
const KEPT = 60; // results in memory
const FRESH = 300000; // milliseconds that they count

export class ApiError extends Error {
  /** @param {number} status 0 where nothing came back; `code` is then `offline`, `timeout` or `network` */
  constructor(status, code, detail = '', retryAfter = null) {
    super(detail || code);
    Object.assign(this, { status, code, detail, retryAfter });
  }
}

export class Api {
  #element;
  #cache = new Map();

  constructor(element) {
    this.#element = element;
  }

  /** The results of a query. */
  async search(query, signal) {
    const { k, filters } = this.#element.settings;
    const address = this.#address('/v1/search', { q: query, k, highlight: true, ...filters });
    const kept = this.#cache.get(address);
    this.#cache.delete(address);
    if (kept && Date.now() - kept.at < FRESH) {
      this.#cache.set(address, kept); // the one used last is the last to go
      return kept.found;
    }
    const found = await (await this.#send(address, { signal })).json();
    this.#cache.set(address, { found, at: Date.now() });
    if (this.#cache.size > KEPT) this.#cache.delete(this.#cache.keys().next().value);
    return found;
  }

  /** The events of an answer, as [name, data]. */
  async *ask(question, signal) {
    const { filters, lang } = this.#element.settings;
    const body = { question, lang: lang === 'en' ? 'en' : 'zh', filters };
    const response = await this.#send(this.#address('/v1/ask'), post(body, signal, 'text/event-stream'));
    if (!(response.headers.get('Content-Type') || '').includes('event-stream')) {
      yield ['done', await response.json()];
      return;
    }
    yield* events(response.body.getReader());
  }

  /** Keep a reader's verdict on an answer, or on the citations given. */
  async feedback(question, verdict, reason, citations) {
    const { filters } = this.#element.settings;
    const judged = citations.slice(0, 100).map(({ passage_id, start, end }) => ({ passage_id, start, end }));
    await this.#send(this.#address('/v1/feedback'), post({ question, verdict, reason, filters, citations: judged }));
  }

  /** A passage with its text. */
  async passage(id, signal) {
    const path = id.split('/').map(encodeURIComponent).join('/');
    return (await this.#send(this.#address(`/v1/passages/${path}`), { signal })).json();
  }

  #address(path, parameters = {}) {
    const { endpoint, scope } = this.#element.settings;
    const query = new URLSearchParams({ ...parameters, ...(scope && { scope }) }).toString();
    return endpoint + path + (query && '?' + query);
  }

  async #send(address, init) {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), PATIENCE);
    const stop = () => late.abort();
    if (init.signal) init.signal.addEventListener('abort', stop);
    let response;
    try {
      const headers = { ...init.headers, ...this.#element.headers };
      response = await fetch(address, { ...init, headers, signal: late.signal, credentials: 'same-origin' });
    } catch (error) {
      if (init.signal && init.signal.aborted) throw error;
      throw new ApiError(0, navigator.onLine === false ? 'offline' : late.signal.aborted ? 'timeout' : 'network');
    } finally {
      clearTimeout(timer);
    }
    if (response.ok) return response;
    const said = await response.json().catch(() => ({}));
    throw new ApiError(response.status, said.code || 'http', said.detail || '', seconds(response.headers.get('Retry-After')));
  }
}

function post(body, signal, accept = 'application/json') {
  const headers = { 'Content-Type': 'application/json', Accept: accept };
  return { method: 'POST', headers, body: JSON.stringify(body), signal };
}

/** Retry-After as seconds: a number, or a date. */
function seconds(value) {
  if (!value) return null;
  const wait = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isNaN(wait) ? null : Math.max(wait, 1);
}

/** Server-sent events out of a stream that may break anywhere. */
async function* events(reader) {
  const decoder = new TextDecoder();
  let held = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      held += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const blocks = held.split(/\r?\n\r?\n/);
      held = done ? '' : blocks.pop();
      for (const block of blocks) {
        const event = parsed(block);
        if (event) yield event;
      }
      if (done) return;
    }
  } catch (error) {
    if (error instanceof ApiError || error.name === 'AbortError') throw error;
    throw new ApiError(0, navigator.onLine === false ? 'offline' : 'network');
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(block) {
  let name = 'message';
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('event:')) name = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  return data.length ? [name, JSON.parse(data.join('\n'))] : null;
}
