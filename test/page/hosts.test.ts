import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manyHosts, threeHosts } from '../report/fleets.ts'
import { openReport, panelIsOpen, startBrowser } from './opened-report.ts'

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

const [first, second, third] = threeHosts().map(({ host }) => host)
const cellOf = (page: Page, name: string) => page.locator('.grid').getByRole('link', { name })
const panelOf = (page: Page) => page.getByRole('dialog')
const focused = (page: Page) => page.locator(':focus').innerText()

describe.each([
  ['3 hosts', threeHosts()],
  ['1,000 hosts', manyHosts(1_000)],
])('the page of %s', (_, hosts) => {
  const [host] = hosts
  const name = host?.host ?? ''

  it('opens a host by a click, and closes it by Escape, the focus where it was', async () => {
    await using report = await openReport(browser, hosts)
    const { page } = report
    await cellOf(page, name).click()
    expect(await panelOf(page).getByRole('heading', { level: 2 }).innerText()).toBe(name)
    expect(new URL(page.url()).hash).toBe(`#${name}`)
    await page.keyboard.press('Escape')
    expect(await panelOf(page).count()).toBe(0)
    // A dialog tells of its end a moment after it
    await page.waitForURL(({ hash }) => hash === '')
    expect(await focused(page)).toContain(name)
    expect(report.complaints).toEqual([])
    expect(report.requests).toEqual([])
  })

  it('has one stop of the Tab key in the grid, where arrows move and Enter opens', async () => {
    await using report = await openReport(browser, hosts)
    const { page } = report
    const [, beside] = hosts
    expect(await page.locator('.grid a[tabindex="0"]').count()).toBe(1)
    await page.getByRole('searchbox').focus()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toContain(name)
    await page.keyboard.press('ArrowRight')
    expect(await focused(page)).toContain(beside?.host)
    await page.keyboard.press('End')
    expect(await focused(page)).toContain(hosts.at(-1)?.host)
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    expect(await panelOf(page).getByRole('heading', { level: 2 }).innerText()).toBe(name)
    expect(await focused(page)).toBe(name)
    await page.keyboard.press('Escape')
    expect(await focused(page)).toContain(name)
  })

  it('finds hosts by a part of their names, and says how many', async () => {
    await using report = await openReport(browser, hosts)
    const { page } = report
    const last = hosts.at(-1)?.host ?? ''
    await page.getByRole('searchbox', { name: 'Find hosts' }).fill(last.split('.')[0]?.toUpperCase() ?? '')
    expect(await page.locator('.grid a:visible').allInnerTexts()).toEqual([expect.stringContaining(last)])
    expect(await page.locator('#shown').innerText()).toMatch(/^1 of [\d,]+ hosts shown$/)
    await page.getByRole('button', { name: 'Show all' }).click()
    expect(await page.locator('.grid a:visible').count()).toBe(hosts.length)
    expect(await page.getByRole('searchbox').inputValue()).toBe('')
  })

  it('shows the hosts and entries of an outcome alone', async () => {
    await using report = await openReport(browser, hosts)
    const { page } = report
    const drifted = hosts.filter(({ outcome }) => outcome === 'would-change').length
    const button = page.getByRole('button', { name: 'would-change' })
    await button.click()
    expect(await button.getAttribute('aria-pressed')).toBe('true')
    expect(await page.locator('.grid a:visible').count()).toBe(drifted)
    expect(await page.locator('.entry.unreachable:visible').count()).toBe(0)
    expect(await page.locator('.entry.would-change:visible').count()).toBeGreaterThan(0)
    await button.click()
    expect(await page.locator('.grid a:visible').count()).toBe(hosts.length)
  })
})

describe('the panel of a host', () => {
  it('shows what differs and why, findings with their commands, and generations', async () => {
    await using report = await openReport(browser, threeHosts())
    const { page } = report
    await cellOf(page, first ?? '').click()
    const panel = panelOf(page)
    const text = await panel.innerText()
    for (const cause of ['changed on the host', 'the inventory changed', 'mailfw changed'])
      expect(text).toContain(cause)
    expect(await panel.locator('del').first().innerText()).toMatch(/^- -A INPUT -s 198\.51\.100\.23/)
    expect(await panel.locator('ins').first().innerText()).toBe(
      '+ -A INPUT -p tcp -m tcp --dport 993 -m comment --comment imaps -j ACCEPT',
    )
    expect(text).toContain('apt-get install iptables-persistent && systemctl enable netfilter-persistent')
    expect(await panel.getByRole('row').nth(2).innerText()).toMatch(
      /^3\s+2026-11-20 09:00 UTC\s+ci@runner\s+1\.0\.0\s+\w+\s+the rules of 1 again; held: mail stood still$/,
    )
    expect(await panel.getByRole('row').count()).toBe(5)
  })

  it('opens from an address that names the host', async () => {
    await using report = await openReport(browser, threeHosts(), { hash: `#${third ?? ''}` })
    const { page } = report
    expect(await panelOf(page).innerText()).toContain('no answer within 10 s; nothing was changed.')
    await page.keyboard.press('Escape')
    expect(await focused(page)).toContain(third)
  })

  it('stays closed for an address that names no host', async () => {
    await using report = await openReport(browser, threeHosts(), { hash: '#%E0%A4%A' })
    expect(await panelOf(report.page).count()).toBe(0)
    expect(report.complaints).toEqual([])
  })

  it('goes on to the next host that is shown, and back with the browser', async () => {
    await using report = await openReport(browser, threeHosts())
    const { page } = report
    await cellOf(page, first ?? '').click()
    await page.getByRole('button', { name: 'Next host' }).click()
    await panelIsOpen(page, second ?? '')
    expect(await panelOf(page).getByRole('heading', { level: 2 }).innerText()).toBe(second)
    await page.goBack()
    await panelOf(page).waitFor({ state: 'hidden' })
    expect(await panelOf(page).count()).toBe(0)
  })

  it('keeps the focus inside while it is open', async () => {
    await using report = await openReport(browser, threeHosts(), { hash: `#${first ?? ''}` })
    const { page } = report
    for (let stop = 0; stop < 12; stop++) {
      await page.keyboard.press('Tab')
      expect(await page.locator('main :focus, .run :focus').count()).toBe(0)
    }
  })

  it('copies a command', async () => {
    await using report = await openReport(browser, threeHosts(), {
      hash: `#${first ?? ''}`,
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const { page } = report
    await panelOf(page).getByRole('button', { name: 'Copy the command' }).click()
    await page.getByRole('button', { name: 'Copied the command' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      'apt-get install iptables-persistent && systemctl enable netfilter-persistent',
    )
  })
})

describe('the grid', () => {
  it('moves by a row with the arrows up and down', async () => {
    await using report = await openReport(browser, manyHosts(1_000))
    const { page } = report
    await cellOf(page, 'mx0001').focus()
    await page.keyboard.press('ArrowDown')
    const above = await placeOf(cellOf(page, 'mx0001'))
    const below = await placeOf(page.locator('.grid a:focus'))
    expect(below.left).toBe(above.left)
    expect(below.top).toBeGreaterThan(above.top)
    await page.keyboard.press('ArrowUp')
    expect(await focused(page)).toContain('mx0001')
  })

  it('shows the name of a cell that is too small for it', async () => {
    await using report = await openReport(browser, manyHosts(1_000))
    const { page } = report
    await cellOf(page, 'mx0012').hover()
    expect(await page.locator('.tooltip').innerText()).toMatch(/^mx0012\.\S+ unreachable\s+No connection to/)
  })

  it('shows the hosts of an entry', async () => {
    const hosts = manyHosts(1_000)
    await using report = await openReport(browser, hosts)
    const { page } = report
    const entry = page.locator('.entry.failed')
    await entry.getByRole('button', { name: 'Show in the fleet' }).click()
    const failed = hosts.filter(({ outcome }) => outcome === 'failed')
    expect(await page.locator('.grid a:visible').count()).toBe(failed.length)
    expect(await focused(page)).toContain(failed[0]?.host)
  })

  it('fits a narrow window', async () => {
    await using report = await openReport(browser, manyHosts(1_000), {
      viewport: { width: 390, height: 844 },
    })
    const width = await report.page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).toBeLessThanOrEqual(390)
  })
})

/** In the page, wherever that is scrolled to. */
function placeOf(cell: Locator): Promise<{ readonly left: number; readonly top: number }> {
  return cell.evaluate((element) => {
    const { offsetLeft: left, offsetTop: top } = element as HTMLElement
    return { left, top }
  })
}
