import { describe, expect, it } from 'vitest'
import type { HostResult } from '../../src/model/outcome.ts'
import { OUTCOMES } from '../../src/model/outcome.ts'
import { htmlReport } from '../../src/report/html.ts'
import { allOutcomes, manyHosts, runOf, threeHosts } from './fleets.ts'
import { hostileHost } from './hostile-host.ts'
import { drifted, result, unknownKey, unreachable } from './samples.ts'

const reportOf = (hosts: readonly HostResult[]) => htmlReport(runOf(hosts))

/** What a reader sees of the page's markup, and what the script is given. */
function partsOf(page: string) {
  const [, data = ''] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(page) ?? []
  const markup = page.replace(/<(script|style)[^>]*>.*?<\/\1>/gs, '')
  return { data: JSON.parse(data) as unknown, markup, text: textOf(markup) }
}

function textOf(markup: string): string {
  const plain = markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
  return plain
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
}

function entriesOf(page: string): readonly string[] {
  return partsOf(page)
    .markup.split('<li class="entry ')
    .slice(1)
    .map((entry) => textOf(`<${entry}`))
}

describe('the HTML report', () => {
  it('is the same text for the same run', () => {
    expect(reportOf(manyHosts(50))).toBe(reportOf(manyHosts(50)))
  })

  it('says how the run went', () => {
    const { text } = partsOf(htmlReport(runOf(threeHosts(), { command: 'deploy', seconds: 200 })))
    expect(text).toContain('mailfw deploy 2 of 3 hosts need attention Started 2026-11-22 14:02 UTC')
    expect(text).toContain('Took 3 min 20 s Exit code 4 , a host failed, or was not reached mailfw 1.0.0')
  })

  it.each([
    [[], 'No host was in the selection'],
    [[result('mx1', 'unchanged')], 'The host is as wanted'],
    [[unreachable('mx1', '192.0.2.1')], 'The host needs attention'],
    [[result('mx1', 'unchanged'), result('mx2', 'confirmed')], 'Every host is as wanted'],
    [[unreachable('mx1', '192.0.2.1'), drifted('mx2')], 'All 2 hosts need attention'],
    [[unreachable('mx1', '192.0.2.1'), result('mx2', 'unchanged')], '1 of 2 hosts needs attention'],
  ])('has a verdict', (hosts, verdict) => {
    expect(reportOf(hosts)).toContain(`<h1>${verdict}</h1>`)
  })

  it('counts every outcome, and has a cell for each host with its name, its outcome and a mark', () => {
    const { markup } = partsOf(reportOf(allOutcomes()))
    const marks = OUTCOMES.map((outcome, index) => {
      expect(markup).toContain(`data-outcome="${outcome}"`)
      const cell = new RegExp(
        `<a class="${outcome}" href="#host${index + 1}"\\s*><i aria-hidden="true">(.)</i><b>host${index + 1}</b> <small>${outcome}</small>`,
      )
      return cell.exec(markup)?.[1]
    })
    expect(marks).not.toContain(undefined)
    expect(new Set(marks).size).toBe(OUTCOMES.length)
  })

  it('lists what needs attention, worst first, then what attempts left, then warnings', () => {
    const warned = result('mx9', 'unchanged', {
      findings: [{ code: 'x', severity: 'warning', message: 'Nothing loads it.', fix: 'apt' }],
    })
    const labels = entriesOf(reportOf([warned, ...allOutcomes()])).map((entry) => entry.split(' ')[2])
    expect(labels).toEqual([
      'unknown',
      'revert-failed',
      'reverted',
      'failed',
      'unreachable',
      'held',
      'would-change',
      'skipped',
      'unchanged',
      'warning',
      // Under a title of its own
      'confirmed',
    ])
  })

  it('puts a change by hand before one of ours', () => {
    const entries = entriesOf(reportOf(manyHosts(200))).filter((entry) => entry.includes('≠'))
    const byHand = entries.map((entry) => entry.includes('changed on the host'))
    expect(byHand.filter(Boolean)).toHaveLength(4)
    expect(byHand).toEqual([...byHand].sort().reverse())
  })

  it('tells each cause in words, and of what was put right as of the past', () => {
    const [host] = threeHosts()
    if (!host) throw new Error('Expected a host, found none')
    const text = (hosts: readonly HostResult[]) => JSON.stringify(partsOf(reportOf(hosts)).data)
    const causes = ['host', 'inventory', 'mailfw'].map(
      (what) => new RegExp(`changed on the ${what}|${what} changed`),
    )
    for (const cause of causes) expect(text([host])).toMatch(cause)
    expect(text([{ ...host, outcome: 'confirmed' }])).toContain('had been changed on the host')
    expect(text([{ ...host, outcome: 'confirmed' }])).not.toContain('not deployed yet')
  })

  it('lists what the run changed, and why, under a title of its own', () => {
    const [host] = threeHosts()
    const families = host?.families ?? {}
    const hosts = ['mx1', 'mx2'].map((name) => result(name, 'confirmed', { code: 'deployed', families }))
    const page = reportOf([...hosts, result('mx3', 'unchanged')])
    expect(partsOf(page).text).toContain('Every host is as wanted')
    expect(page).not.toContain('Needs attention')
    expect(page).toContain('Changed by this run')
    const [entry, ...others] = entriesOf(page)
    expect(others).toEqual([])
    expect(entry).toMatch(/confirmed 2 hosts had been changed on the host; the inventory had changed/)
  })

  it('is shown without JavaScript: counts, entries with their differences, every host', () => {
    const { text } = partsOf(reportOf(threeHosts()))
    expect(text).toContain('1 unreachable')
    expect(text).toContain('No connection to 192.0.2.3:22: no answer within 10 s; nothing was changed.')
    expect(text).toContain('- -A PREROUTING -p tcp -m tcp --dport 2525 -j REDIRECT --to-ports 25')
    expect(text).toContain('apt-get install iptables-persistent && systemctl enable netfilter-persistent')
    for (const name of ['mx1', 'mx2', 'mx3']) expect(text).toContain(`${name}.example.net`)
  })
})

describe('the folding of entries', () => {
  it('makes a hundred hosts with the same differences one entry, whatever their sentences', () => {
    const [host] = threeHosts()
    const hosts = Array.from({ length: 100 }, (_, index) =>
      drifted(`mx${index + 1}`, { families: host?.families ?? {}, message: `Differs ${index % 2}.` }),
    )
    const entries = entriesOf(reportOf(hosts))
    expect(entries).toHaveLength(1)
    expect(entries[0]).toContain('100 hosts')
    expect(entries[0]).toContain('Differs 0. Differs 1.')
    expect(entries[0]).toContain('and 88 hosts more mx[13:100]')
  })

  it('keeps hosts apart whose differences have another cause', () => {
    const hosts = (['host', 'inventory'] as const).map((cause) =>
      drifted(cause, {
        families: {
          v4: { differences: [{ in: 'live', table: 'filter', line: '- -A INPUT -j DROP', cause }] },
        },
      }),
    )
    expect(entriesOf(reportOf(hosts))).toHaveLength(2)
  })

  it('takes sentences that differ in the address of a host alone for one', () => {
    const hosts = [unreachable('mx1', '192.0.2.1'), unreachable('mx2', '192.0.2.2')]
    const entries = entriesOf(reportOf(hosts))
    expect(entries).toHaveLength(1)
    expect(entries[0]).toContain('No connection to <address>:22')
  })

  it('records unknown keys by one command, after a word of warning', () => {
    const hosts = [unknownKey('mx1', '192.0.2.1', 'SHA256:a'), unknownKey('mx2', '192.0.2.2', 'SHA256:b')]
    const [entry] = entriesOf(reportOf(hosts))
    expect(entry).toContain('Compare the key that is offered with that of the machine itself')
    expect(entry).toContain('ssh-keyscan -t ed25519 192.0.2.1 192.0.2.2 >> ~/.ssh/known_hosts')
  })

  it('shows a command once, not in the sentence as well', () => {
    const message = 'ufw is active; nothing was changed; to mend it: ufw disable'
    const [entry = ''] = entriesOf(reportOf([result('mx1', 'failed', { message, fix: 'ufw disable' })]))
    expect(entry.split('ufw disable')).toHaveLength(2)
  })

  it('lists a bounded number of entries, and says how many more there are', () => {
    const hosts = Array.from({ length: 130 }, (_, index) =>
      result(`mx${index}`, 'failed', { message: `Reason ${'a'.repeat(index)}.` }),
    )
    expect(entriesOf(reportOf(hosts))).toHaveLength(100)
    expect(partsOf(reportOf(hosts)).text).toContain('and 30 more things: the fleet has every host.')
  })
})

describe('a hostile host', () => {
  const page = reportOf([hostileHost()])

  it('adds no element, no attribute and no script', () => {
    const tags = (text: string) =>
      [...new Set([...text.matchAll(/<(\/?[a-z]+)/gi)].map(([, tag]) => tag))].sort()
    const harmless = reportOf([hostileHost((text) => text.replace(/\W/gu, ''))])
    expect(tags(page)).toEqual(tags(harmless))
    expect(partsOf(page).markup).not.toMatch(/<[^>]*\son\w+=/)
  })

  it('cannot end the data, nor a line of it', () => {
    const [, data = ''] = /id="data">(.*?)<\/script>/s.exec(page) ?? []
    expect(data.trim()).not.toMatch(/[<>&\u2028\u2029]/)
    expect(() => JSON.parse(data) as unknown).not.toThrow()
  })

  it('has nothing in the page that only looks like nothing', () => {
    expect(page).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/,
    )
  })
})

it('takes a report of 5,000 hosts less than two seconds of a processor', () => {
  const hosts = manyHosts(5_000)
  const before = process.cpuUsage()
  reportOf(hosts)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1_000_000).toBeLessThan(2)
})

describe('the size of the report', () => {
  const bytes = (hosts: readonly HostResult[]) => Buffer.byteLength(reportOf(hosts))

  it('is that of a picture for a thousand hosts', () => {
    expect(bytes(manyHosts(1_000))).toBeLessThan(800_000)
  })

  it('grows little with hosts that differ in the same way', () => {
    const [host] = threeHosts()
    const lines = Array.from({ length: 500 }, (_, index) => ({
      in: 'live' as const,
      table: 'filter',
      line: `+ -A INPUT -s 192.0.2.${index % 256}/32 -p tcp -m tcp --dport ${index} -j ACCEPT`,
      cause: 'inventory' as const,
    }))
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        drifted(`mx${index}`, { families: { ...host?.families, v4: { differences: lines } } }),
      )
    expect(bytes(many(1_001)) - bytes(many(1))).toBeLessThan(1_000 * 400)
  })
})
