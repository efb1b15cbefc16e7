/** For a plain <script>. */
import { define } from './element.js';

define(typeof document === 'undefined' || !document.currentScript ? '' : document.currentScript.src);
