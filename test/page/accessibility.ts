import type { Page } from 'playwright-core'

/** What a screen reader is told of the page, a line each. */
export async function spoken(page: Page): Promise<readonly string[]> {
  const snapshot = await page.locator('html').ariaSnapshot()
  return snapshot.split('\n').map((line) => line.replace(/^[\s-]+/, ''))
}

/** Things to operate, or to find the way by, that have no name. */
export function nameless(lines: readonly string[]): readonly string[] {
  return lines.filter((line) =>
    /^(link|button|textbox|searchbox|checkbox|dialog|region)\b(?! "[^"]*\w)/.test(line),
  )
}
