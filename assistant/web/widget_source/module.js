/** For <script type="module">. */
import { define, NoticeSearch } from './element.js';

define(typeof document === 'undefined' ? '' : import.meta.url);

export { NoticeSearch };
