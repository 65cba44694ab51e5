import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Markup } from './markup.ts'
import { verbatim } from './markup.ts'

/** A text of ours that stands inline in the page, and the word that allows it in a Content-Security-Policy. */
export interface Asset {
  readonly element: Markup
  readonly allowedAs: string
}

/** The page's style and script, from the files of `browser`, which lies beside this file in `src` and in `dist` alike. */
export function readAssets(): { readonly style: Asset; readonly script: Asset } {
  return {
    style: asset('style', '', STYLES.map(read)),
    script: asset('script', ' type="module"', SCRIPTS.map(read).map(joined)),
  }
}

const STYLES = ['theme.css', 'page.css', 'diff.css', 'entries.css', 'fleet.css', 'host.css', 'print.css']

/** What a module imports stands before it. */
const SCRIPTS = [
  'element.js',
  'copy.js',
  'host-details.js',
  'fleet.js',
  'tooltip.js',
  'host-panel.js',
  'page.js',
]

function read(name: string): string {
  return readFileSync(new URL(`browser/${name}`, import.meta.url), 'utf8')
}

/** Modules cannot find each other inside one page, so that they become one: their names are in common. */
function joined(module: string): string {
  return module.replace(/^import .*\n/gm, '').replace(/^export /gm, '')
}

/** Not a space may come between: the hash is that of all between the tags. */
function asset(name: string, attributes: string, texts: readonly string[]): Asset {
  const text = texts.join('\n')
  return {
    element: verbatim(`<${name}${attributes}>${text}</${name}>`),
    allowedAs: `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  }
}
