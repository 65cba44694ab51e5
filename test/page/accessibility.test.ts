import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allOutcomes, manyHosts, threeHosts } from '../report/fleets.ts'
import { nameless, spoken } from './accessibility.ts'
import { findLowContrasts } from './low-contrasts.ts'
import { openReport, panelIsOpen, startBrowser } from './opened-report.ts'

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

describe.each(['light', 'dark'] as const)('the page in %s', (colorScheme) => {
  it.each([
    ['3 hosts', threeHosts()],
    ['1,000 hosts', manyHosts(1_000)],
    ['a host of every outcome', allOutcomes()],
  ])('can be read: %s', async (_, hosts) => {
    await using report = await openReport(browser, hosts, { colorScheme })
    const { page } = report
    await page.evaluate(() => {
      for (const entry of document.querySelectorAll('details')) entry.open = true
    })
    const closed = await page.evaluate(findLowContrasts)
    expect(closed.low).toEqual([])
    expect(closed.checked).toBeGreaterThan(hosts.length)
    for (const { host } of hosts.slice(0, 10)) {
      await page.goto(`${page.url().replace(/#.*/, '')}#${host}`)
      await panelIsOpen(page, host)
      const opened = await page.evaluate(findLowContrasts)
      expect(opened.low).toEqual([])
      expect(opened.checked).toBeGreaterThan(10)
    }
  })

  it('has the colours that were asked for', async () => {
    await using report = await openReport(browser, threeHosts(), { colorScheme })
    const ground = await report.page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(244, 246, 248)' : 'rgb(13, 17, 23)')
  })
})

it('would see a text that is hard to read', async () => {
  await using report = await openReport(browser, threeHosts())
  await report.page.evaluate(() => {
    document.querySelector('h1')?.style.setProperty('color', '#888')
  })
  expect((await report.page.evaluate(findLowContrasts)).low).toEqual([
    expect.stringContaining('2 of 3 hosts'),
  ])
})

describe('a screen reader', () => {
  it('is told of landmarks, headings, counts and hosts by name', async () => {
    await using report = await openReport(browser, threeHosts())
    const lines = await spoken(report.page)
    for (const line of [
      'banner:',
      'main:',
      'heading "2 of 3 hosts need attention" [level=1]',
      'region "Needs attention":',
      'heading "unreachable mx3.example.net" [level=3]',
      'button "1 would-change"',
      'region "Fleet":',
      'searchbox "Find hosts"',
      'status: 3 hosts',
      'link "mx2.example.net unchanged":',
    ])
      expect(lines).toContain(line)
    expect(lines.filter((line) => line.startsWith('heading') && line.endsWith('[level=1]'))).toHaveLength(1)
  })

  it('finds a name on all that can be operated', async () => {
    await using report = await openReport(browser, allOutcomes())
    const { page } = report
    expect(nameless(await spoken(page))).toEqual([])
    for (const { host } of allOutcomes()) {
      await page.goto(`${page.url().replace(/#.*/, '')}#${host}`)
      await panelIsOpen(page, host)
      const lines = await spoken(page)
      expect(lines).toContain(`dialog "${host}":`)
      expect(nameless(lines)).toEqual([])
    }
  })

  it('would miss a name', () => {
    expect(nameless(['button', 'link:', 'button "×"', 'button "Close"', 'text: button'])).toHaveLength(3)
  })
})

it('moves nothing for those who ask for that', async () => {
  const animation = async (reducedMotion: 'reduce' | 'no-preference') => {
    await using report = await openReport(browser, threeHosts(), { hash: '#mx1.example.net', reducedMotion })
    return await report.page.locator('dialog').evaluate((dialog) => getComputedStyle(dialog).animationName)
  }
  expect(await animation('reduce')).toBe('none')
  expect(await animation('no-preference')).not.toBe('none')
})

it('shows counts, entries and hosts without JavaScript, and nothing that would need it', async () => {
  await using report = await openReport(browser, threeHosts(), { javaScriptEnabled: false })
  const { page } = report
  const text = (await page.locator('body').innerText()).replace(/\s+/g, ' ')
  expect(text).toContain('1 would-change')
  expect(text).toContain('- -A PREROUTING -p tcp -m tcp --dport 2525 -j REDIRECT --to-ports 25')
  expect(text).toContain('The details of a host need JavaScript, which is off here.')
  expect(await page.locator('.grid a:visible').count()).toBe(3)
  for (const hidden of ['#filter', '.copy', '[data-show]'])
    expect(await page.locator(hidden).first().isVisible()).toBe(false)
})

it('is printed with its colours and without its controls', async () => {
  await using report = await openReport(browser, threeHosts())
  const { page } = report
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.grid a:visible').count()).toBe(3)
  expect(await page.locator('#filter').isVisible()).toBe(false)
})
