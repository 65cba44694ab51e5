import { repository } from '../house/source-files.ts'
import type { Schedule } from '../../src/controller/schedule.ts'

const WORDS = ['/etc/mailfw/fleet.yaml', '--on-calendar=hourly', '--scope=system']

/** As an install without flags makes it, on a machine that has `program`. */
export function scheduleWith(parts: Partial<Schedule> = {}): Schedule {
  return {
    scope: 'system',
    inventory: '/etc/mailfw/fleet.yaml',
    onCalendar: 'hourly',
    delaySeconds: 360,
    command: ['/bin/sh', '/usr/local/bin/mailfw', 'enforce', '/etc/mailfw/fleet.yaml'],
    words: WORDS,
    environment: { HOME: '/root', PATH: '/usr/bin:/bin' },
    writable: ['/root/.local/state/mailfw'],
    isPublished: false,
    runsOwnCommand: false,
    usesTemporary: false,
    startSeconds: 21_600,
    stopSeconds: 240,
    ...parts,
  }
}

/** One of each kind; the names are those of the golden files. */
export const SCHEDULES: Readonly<Record<string, Schedule>> = {
  system: scheduleWith(),
  user: scheduleWith({ scope: 'user', environment: { HOME: '/home/alice', PATH: '/usr/bin:/bin' } }),
  publishes: scheduleWith({
    isPublished: true,
    usesTemporary: true,
    writable: ['/root/.local/state/mailfw', '/var/lib/100% "mine"'],
  }),
  'runs-own-command': scheduleWith({ runsOwnCommand: true }),
  'runs-own-command-for-user': scheduleWith({ scope: 'user', runsOwnCommand: true }),
  'strange-paths': scheduleWith({
    inventory: '/srv/Åsa & co/50%h \\ "$HOME"\'s\nfleet;.yaml',
    words: ['/srv/Åsa & co/50%h \\ "$HOME"\'s\nfleet;.yaml'],
    command: ['/bin/sh', '/srv/Åsa & co/50%h \\ "$HOME"\'s\nfleet;.yaml', ';', '', '$$', '%%', 'a\\x41'],
  }),
}

export const GOLDEN = `${repository}/test/cases/controller`
