/** What was searched for lately, in the reader's own browser; where it keeps nothing, in memory. */

const KEY = 'notice-search:recents';
const MOST = 8;
let memory = [];

export const recents = {
  list() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) || '[]');
      return Array.isArray(kept) ? kept.filter((item) => typeof item === 'string').slice(0, MOST) : [];
    } catch {
      return memory;
    }
  },
  add(query) {
    keep([query, ...recents.list().filter((item) => item !== query)].slice(0, MOST));
  },
  clear() {
    keep([]);
  },
};

function keep(list) {
  memory = list;
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // private windows, sandboxed frames and full disks refuse: the list lasts as long as the page
  }
}
