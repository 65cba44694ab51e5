import { describe, expect, it } from 'vitest'
import { html, verbatim } from '../../../src/report/page/markup.ts'

describe('html', () => {
  it('takes what is put into it for text, also in an attribute', () => {
    const text = `<b title="'&'">`
    expect(html`<a title="${text}">${text}</a>`.markup).toBe(
      '<a title="&lt;b title=&quot;&#39;&amp;&#39;&quot;&gt;">&lt;b title=&quot;&#39;&amp;&#39;&quot;&gt;</a>',
    )
  })

  it('takes what it made itself for markup', () => {
    const item = (text: string) => html`<i>${text}</i>`
    expect(html`<b>${['<', '>'].map(item)}</b>`.markup).toBe('<b><i>&lt;</i><i>&gt;</i></b>')
  })

  it('writes numbers, and nothing for what is not there', () => {
    expect(html`${1}${undefined}${[]}${verbatim('<hr>')}`.markup).toBe('1<hr>')
  })
})
