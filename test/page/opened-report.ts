import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import type { HostResult } from '../../src/model/outcome.ts'
import { htmlReport } from '../../src/report/html.ts'
import { runOf } from '../report/fleets.ts'

/** Resolves when the panel of that host is open: the page follows its address a moment after that has changed. */
export function panelIsOpen(page: Page, host: string): Promise<void> {
  return page.getByRole('dialog', { name: host, exact: true }).waitFor()
}

/** Debian's browser, that speaks to nobody by itself. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface OpenedReport extends AsyncDisposable {
  readonly page: Page
  /** What the page asked for besides itself, and what it complained about. */
  readonly requests: readonly string[]
  readonly complaints: readonly string[]
}

export interface HowToOpen extends BrowserContextOptions {
  /** What stands behind `#` in the address. */
  readonly hash?: string
}

/** The report of a check of these hosts, opened from a file. No request but the one for the file is let through. */
export async function openReport(
  browser: Browser,
  hosts: readonly HostResult[],
  { hash = '', ...options }: HowToOpen = {},
): Promise<OpenedReport> {
  const directory = mkdtempSync(join(tmpdir(), 'mailfw-page-'))
  const path = join(directory, 'report.html')
  writeFileSync(path, htmlReport(runOf(hosts)))
  const file = pathToFileURL(path).href
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const requests: string[] = []
  const complaints: string[] = []
  page.setDefaultTimeout(10_000)
  // What the page's own policy stops does not come this far.
  await context.route(
    ({ href, protocol }) => protocol !== 'data:' && href.replace(/#.*/, '') !== file,
    (route) => {
      requests.push(route.request().url())
      return route.abort()
    },
  )
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${file}${hash}`)
  return {
    page,
    requests,
    complaints,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      rmSync(directory, { recursive: true })
    },
  }
}
