/** What all widgets of a page share: one set of listeners, there only while a widget is. */
import { matches } from './shortcuts.js';

const connected = new Set();
let sheet = null;
let watching = null;

/** Take part in the page. */
export function join(element) {
  connected.add(element);
  if (connected.size > 1) return;
  document.addEventListener('keydown', pressed);
  watching = new MutationObserver(() => connected.forEach((one) => one.languageChanged()));
  watching.observe(document, { subtree: true, attributes: true, attributeFilter: ['lang'] });
  if (window.visualViewport) visualViewport.addEventListener('resize', resized);
  resized();
}

/** Leave it. */
export function leave(element) {
  connected.delete(element);
  if (connected.size) return;
  document.removeEventListener('keydown', pressed);
  watching.disconnect();
  if (window.visualViewport) visualViewport.removeEventListener('resize', resized);
}

/** A sheet that tells every widget how high the part of the page is that a keyboard on the screen leaves. */
export function viewportSheet() {
  return (sheet = sheet || new CSSStyleSheet());
}

function resized() {
  const height = window.visualViewport ? visualViewport.height * visualViewport.scale : innerHeight;
  viewportSheet().replaceSync(`:host{--_seen:${Math.round(height)}px}`);
}

function pressed(event) {
  for (const element of connected) {
    if (!element.getClientRects().length && element.mode !== 'floating') continue; // it is not seen
    if (!matches(event, element.getAttribute('shortcut'))) continue;
    event.preventDefault();
    element.open();
    return;
  }
}
