/** The five fields of a crontab that mean the same as a calendar specification of systemd; absent where none do. */
export function cronFields(specification: string): string | undefined {
  const parts = partsOf(SHORTHANDS[specification.toLowerCase()] ?? specification)
  if (parts === undefined) return undefined
  const { weekday, date, time } = parts
  const [year, month, day] = date.split('-').length === 2 ? ['*', ...date.split('-')] : date.split('-')
  const [hour, minute, second = '00'] = time.split(':')
  if (year !== '*' || !/^0?0$/.test(second)) return undefined
  // cron takes days that fit either field, systemd those that fit both
  if (weekday !== '*' && day !== '*') return undefined
  const fields = [
    cronField(minute, { least: 0, most: 59 }),
    cronField(hour, { least: 0, most: 23 }),
    cronField(day, { least: 1, most: 31 }),
    cronField(month, { least: 1, most: 12 }),
    weekday === '*' ? '*' : cronWeekday(weekday),
  ]
  return fields.some((field) => field === undefined) ? undefined : fields.join(' ')
}

/** A line of a crontab: in it a percent sign would end the command. `command` is quoted for sh. */
export function cronLine(fields: string, command: string): string {
  return `${fields} ${command.replaceAll('%', '\\%')}`
}

/** By systemd.time(7). */
const SHORTHANDS: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  yearly: '*-01-01 00:00:00',
  annually: '*-01-01 00:00:00',
  quarterly: '*-01,04,07,10-01 00:00:00',
  semiannually: '*-01,07-01 00:00:00',
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** Weekdays, date and time, each `*` or midnight where it is not there. */
function partsOf(specification: string): { weekday: string; date: string; time: string } | undefined {
  const pattern = /^(?:([A-Za-z][A-Za-z.,]*)(?:\s+|$))?(?:(\S*-\S*)(?:\s+|$))?(\S*:\S*)?$/
  const [whole, weekday = '*', date = '*-*-*', time = '00:00:00'] = pattern.exec(specification) ?? []
  return whole === undefined || whole === '' ? undefined : { weekday, date, time }
}

interface Range {
  readonly least: number
  readonly most: number
}

/** A list of numbers, ranges and steps; nothing else of what systemd knows. */
function cronField(value: string | undefined, range: Range): string | undefined {
  return listOf(value ?? '', (item) => cronItem(item, range))
}

function cronItem(item: string, { least, most }: Range): string | undefined {
  const [whole, from, to, step] = /^(\*|\d+)(?:\.\.(\d+))?(?:\/(\d+))?$/.exec(item) ?? []
  if (whole === undefined || Number(step ?? 1) === 0) return undefined
  if (from === '*') return to === undefined ? everyStep(step, least) : undefined
  const [first, last] = [Number(from), Number(to ?? (step === undefined ? from : most))]
  if (first < least || last > most || first > last) return undefined
  const numbers = first === last ? `${first}` : `${first}-${last}`
  if (step === undefined) return numbers
  return first === 0 && to === undefined ? everyStep(step, least) : `${numbers}/${Number(step)}`
}

/** From which number on both count is the same where that is 0. */
function everyStep(step: string | undefined, least: number): string | undefined {
  if (step === undefined) return '*'
  return least === 0 ? `*/${Number(step)}` : undefined
}

/** Weekdays by name, in lists and ranges; Sunday may end a range. */
function cronWeekday(value: string): string | undefined {
  return listOf(value, (item) => {
    const [first = -1, last = first, ...others] = item.split('..').map(weekdayNumber)
    if (others.length > 0 || first < 0 || last < 0) return undefined
    if (first === last) return `${first}`
    const end = last === 0 ? 7 : last
    return first < end ? `${first}-${end}` : undefined
  })
}

function weekdayNumber(name: string): number {
  return DAYS.findIndex((day) => [day, day.slice(0, 3)].includes(name.toLowerCase()))
}

function listOf(text: string, read: (item: string) => string | undefined): string | undefined {
  const items = text.split(',').map(read)
  return items.includes(undefined) ? undefined : items.join(',')
}
