import { expect, test } from 'vitest'
import { load, problemsOf, written } from './inventories.ts'

const TEXT = 'mail: { hosts: { mx1: , mx2: , mx3: }, vars: { mailfw_services: {} }, children: { none: } }'

async function namesOf(limit: string): Promise<readonly string[]> {
  return (await load(TEXT, { limit })).hosts.map(({ name }) => name)
}
const unknownIn = async (limit: string) => (await load(TEXT, { limit })).unknownNames

test.each([
  ['mx1,typo', ['typo']],
  ['mx2:mx3x', ['mx3x; did you mean "mx3"?']],
  ['mx1,&mial', ['mial; did you mean "mail"?'], 'refused'],
  ['all,!mx4', ['mx4; did you mean "mx1"?']],
  ['mx1,db*,~x', ['db*', '~x']],
  ['mx1,none,all,ungrouped', []],
  ['mx[1:2],mx?', ['mx[1:2]']],
])('names what of a limit is in no inventory: %s', async (limit, names, isRefused?: string) => {
  if (isRefused === undefined) expect(await unknownIn(limit)).toEqual(names)
  else
    expect(await problemsOf(load(TEXT, { limit }))).toEqual([expect.stringContaining('did you mean "mail"?')])
})
test('reads files of patterns beside other patterns, blank lines and the line ends of others among them', async () => {
  const file = written({ 'one.txt': '\uFEFFmx3\r\n\r\n  mx1  \r\n', 'two.txt': '!mx3\n' })
  const other = file.replace(/one\.txt$/, 'two.txt')
  expect(await namesOf(`@${file}`)).toEqual(['mx1', 'mx3'])
  expect(await namesOf(`mx2,@${file}`)).toEqual(['mx1', 'mx2', 'mx3'])
  expect(await namesOf(`@${file},@${other}`)).toEqual(['mx1'])
})

test('names of a file that has become old those that are gone, and not all of very many', async () => {
  const gone = Array.from({ length: 500 }, (_, index) => `gone-${index}.example.net\n`).join('')
  const file = written({ 'old.txt': `mx1\n${gone}` })
  const { hosts, unknownNames } = await load(TEXT, { limit: `@${file}` })
  expect(hosts.map(({ name }) => name)).toEqual(['mx1'])
  expect(unknownNames).toHaveLength(11)
  expect(unknownNames.at(0)).toBe('gone-0.example.net')
  expect(unknownNames.at(-1)).toBe('490 more names')
})

test.each([['@FILE'], ['@FILE,!mx1'], ['mx1,@FILE']])(
  'never takes an empty file for all hosts, as Ansible does: %s',
  async (limit) => {
    const file = written({ 'empty.txt': '\n  \n' })
    const problems = await problemsOf(load(TEXT, { limit: limit.replace('FILE', file) }))
    expect(problems.join('')).toBe(
      'empty.txt: expected a host or a pattern a line, got none: it names no host',
    )
  },
)

test('says of a missing file that it is missing', async () => {
  const problems = await problemsOf(load(TEXT, { limit: `@${written({})}/last-failed` }))
  expect(problems).toEqual(['last-failed: expected a file, got nothing of that name'])
})
