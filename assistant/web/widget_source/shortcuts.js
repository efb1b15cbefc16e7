/** Keys of the page that lead to the widget, never while somebody is typing elsewhere. */

const APPLE = typeof navigator !== 'undefined' && /Mac|iP/.test(navigator.platform);
const DEFAULT = 'mod+k /';

/**
 * Whether a key press is one of the shortcuts named, such as `mod+k /`.
 * @param {KeyboardEvent} event
 * @param {string|null} named null for the usual ones, `off` or nothing for none
 */
export function matches(event, named) {
  const wanted = named === null ? DEFAULT : named;
  if (wanted === 'off' || event.defaultPrevented || event.isComposing || event.keyCode === 229) return false;
  return wanted.split(/\s+/).filter(Boolean).some((one) => pressed(event, one.toLowerCase())) && !typing(event);
}

function pressed(event, shortcut) {
  const parts = shortcut.split('+');
  const key = parts.pop() || '+';
  const mod = parts.includes('mod');
  return (
    event.key.toLowerCase() === key &&
    event.ctrlKey === (parts.includes('ctrl') || (mod && !APPLE)) &&
    event.metaKey === (parts.includes('meta') || (mod && APPLE)) &&
    event.altKey === parts.includes('alt') &&
    (event.shiftKey === parts.includes('shift') || key.length === 1 && !/[a-z]/.test(key))
  );
}

/** Outside a shadow root an event seems to come from its host: the path tells where it really began. */
function typing(event) {
  const [from] = event.composedPath();
  if (!(from instanceof Element)) return false;
  const closed = from.localName.includes('-') && !from.shadowRoot; // it may hold a field that nobody outside can see
  return closed || from.isContentEditable || Boolean(from.closest('input,textarea,select'));
}
