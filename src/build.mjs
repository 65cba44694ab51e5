// Makes dist: one bundle with a chunk for what a verb loads when it needs it, for reading 500 small files takes longer
// than everything else that a small run does. ssh2 stays outside: it brings native code where there is a compiler.
import { chmod, copyFile, cp, rm } from 'node:fs/promises'
import { build } from 'esbuild'

const source = (path) => `${import.meta.dirname}/${path}`
const target = (path) => `${import.meta.dirname}/../dist/${path}`

/** Packages that we do without: what they give, in a few bytes. */
const LIGHTER = {
  // yargs measures our own help with it, which is ASCII; to make its patterns of emoji is a tenth of a start.
  'string-width':
    "import { stripVTControlCharacters } from 'node:util'; export default (text) => stripVTControlCharacters(text).length",
  // Handlebars has a replacement for it, which is quicker; nobody asks for the map.
  'source-map': '',
}

const lighter = {
  name: 'lighter',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(?:${Object.keys(LIGHTER).join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'lighter',
    }))
    onLoad({ filter: /^/, namespace: 'lighter' }, ({ path }) => ({ contents: LIGHTER[path] }))
  },
}

await rm(target(''), { recursive: true, force: true })
await build({
  entryPoints: [source('main.ts')],
  outdir: target(''),
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['ssh2'],
  plugins: [lighter],
  // Some packages are CommonJS and ask for node's own modules by require.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
})
await copyFile(source('remote/host.sh'), target('host.sh'))
await cp(source('report/page/browser'), target('browser'), { recursive: true })
await chmod(target('main.js'), 0o755)
