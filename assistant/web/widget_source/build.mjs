/**
 * The two files that are served, out of the modules beside this one:
 *
 *     npm install --prefix tests/.node esbuild@0.28.2
 *     node assistant/web/widget_source/build.mjs            # into ../static/widget, or into the folder named
 *
 * The files are committed: serving needs no Node. tests/test_widget_build.py says whether they are up to date.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = new URL('.', import.meta.url);
const esbuild = createRequire(new URL('../../../tests/.node/package.json', here))('esbuild');
const target = ['chrome86', 'firefox101', 'safari16.4']; // what has adoptedStyleSheets, and Chromium browsers of offices
const out = process.argv[2] || fileURLToPath(new URL('../static/widget', here));

/** Style sheets as text, made small. */
const sheets = {
  name: 'sheets',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, target });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

for (const [entry, name, format] of [
  ['module.js', 'notice-search.js', 'esm'],
  ['classic.js', 'notice-search.classic.js', 'iife'],
]) {
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL(entry, here))],
    outfile: `${out}/${name}`,
    bundle: true, minify: true, charset: 'utf8', legalComments: 'none', format, target, plugins: [sheets],
  });
}
