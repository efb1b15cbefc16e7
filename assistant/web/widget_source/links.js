/** Addresses: everything is at home at the endpoint, and nothing but http and https is ever a link. */

/** An address that the server gave, absolute; null where it is no http or https address. */
export function safe(address, endpoint) {
  if (typeof address !== 'string' || !address) return null;
  const rooted = address.startsWith('/') && !address.startsWith('//');
  try {
    const url = new URL(rooted ? endpoint + address : address, endpoint + '/');
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

/** The page that shows a passage in its notice, the words marked by the server. */
export function passageLink(hit, endpoint, scope) {
  const place = new URLSearchParams({ start: hit.start, end: hit.end });
  const built = `/n/${encodeURIComponent(hit.notice_id)}?${place}#${encodeURI(hit.passage_id)}`;
  const link = safe(hit.url, endpoint) || safe(built, endpoint);
  if (!link || !scope) return link;
  const url = new URL(link);
  url.searchParams.set('scope', scope);
  return url.href;
}
