// Makes dist: one bundle with a chunk for what a verb loads when it needs it, for reading 500 small files takes longer
// than everything else that a small run does. ssh2 stays outside: it brings native code where there is a compiler.
import { chmod, copyFile, cp, rm } from 'node:fs/promises'
import { build } from 'esbuild'

const source = (path) => `${import.meta.dirname}/${path}`
const target = (path) => `${import.meta.dirname}/../dist/${path}`

const script = (text) => `data:text/javascript,${encodeURIComponent(text)}`

/** What stands in for packages that we do without. */
const LIGHTER = {
  // yargs measures our own help with it, whose characters are all of one width; to make its patterns of emoji is a tenth of a start.
  'string-width': script(
    "import { stripVTControlCharacters } from 'node:util'; export default (text) => stripVTControlCharacters(text).length",
  ),
  // Handlebars has a replacement for it, which is quicker; nobody asks for the map.
  'source-map': script(''),
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
  alias: LIGHTER,
  // Some packages are CommonJS and ask for node's own modules by require.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
})
await copyFile(source('remote/host.sh'), target('host.sh'))
await cp(source('report/page/browser'), target('browser'), { recursive: true })
await chmod(target('main.js'), 0o755)
