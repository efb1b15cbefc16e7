/** Marks by code points, as the server counts them: a character outside the BMP is one, not two. */
import { h } from './dom.js';

const PLAIN = 120; // code points shown where the server names no best sentence

/**
 * The stretch of a hit's text that is shown, its matches in <mark> elements.
 * @param {{text: string, highlights?: {start: number, end: number}[], snippet?: {start: number, end: number}}} hit
 * @returns {(Node|string)[]}
 */
export function snippet(hit) {
  const points = Array.from(String(hit.text));
  const from = clamp(hit.snippet ? hit.snippet.start : 0, points.length);
  const to = clamp(hit.snippet ? hit.snippet.end : PLAIN, points.length);
  return [from > 0 ? '…' : null, ...marked(points, hit.highlights || [], from, to), to < points.length ? '…' : null];
}

/** Text nodes and marks for `points[from:to]`; spans are half open, and what lies outside is left out. */
export function marked(points, spans, from = 0, to = points.length) {
  const out = [];
  let at = from;
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const start = Math.max(span.start, at);
    const end = Math.min(span.end, to);
    if (!(start < end)) continue;
    out.push(points.slice(at, start).join(''), h('mark', { part: 'mark' }, points.slice(start, end).join('')));
    at = end;
  }
  return [...out, points.slice(at, to).join('')].filter((piece) => piece !== '');
}

function clamp(value, most) {
  return Math.min(Math.max(Number(value) || 0, 0), most);
}
