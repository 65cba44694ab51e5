import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileHost } from '../report/hostile-host.ts'
import { threeHosts } from '../report/fleets.ts'
import { openReport, startBrowser } from './opened-report.ts'

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

describe('the text of a hostile host', () => {
  it('runs nothing, loads nothing and is shown as it is, wherever it stands', async () => {
    await using report = await openReport(browser, [hostileHost(), ...threeHosts()])
    const { page } = report
    await page.locator('.grid a').first().hover()
    await page.locator('.grid a').first().click()
    const panel = page.getByRole('dialog')
    expect((await panel.innerText()).split('<script>attacked=1</script>').length).toBeGreaterThan(20)
    for (const button of await panel.getByRole('button', { name: 'Copy' }).all()) await button.click()
    await page.keyboard.press('Escape')
    for (const entry of await page.locator('.entry summary').all()) await entry.hover()
    expect(await page.evaluate(() => 'attacked' in window)).toBe(false)
    expect(await page.locator('img, [onerror], [onmouseover]').count()).toBe(0)
    expect(report.requests).toEqual([])
    expect(report.complaints).toEqual([])
  })
})

describe('the policy of the page', () => {
  it.each([
    [
      "document.body.append(Object.assign(document.createElement('script'), { textContent: 'attacked = 1' }))",
      'script',
    ],
    ["document.body.setAttribute('onclick', 'attacked = 1'); document.body.click()", 'event handler'],
    ["document.body.append(Object.assign(new Image(), { src: 'https://evil.example/x' }))", 'image'],
    ["fetch('https://evil.example/x').catch(() => undefined)", 'onnect'],
  ])('would stop what got in all the same: %s', async (attack, kind) => {
    await using report = await openReport(browser, threeHosts())
    const { page } = report
    const complaint = page.waitForEvent('console')
    await page.evaluate(attack)
    expect((await complaint).text()).toContain(kind)
    expect(await page.evaluate(() => 'attacked' in window)).toBe(false)
    expect(report.requests).toEqual([])
  })
})
