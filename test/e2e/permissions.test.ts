import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN } from './mailfw.ts'

/** Puts a look in front of programs that host.sh calls at every step: what of ours may others read, and what was there. */
const LOOKING = `
cat >/usr/local/bin/look <<'END'
#!/bin/sh
for place in /run/mailfw /var/lib/mailfw /etc/iptables/.mailfw-*; do
  [ ! -e "$place" ] || find "$place" -printf '%p\\n' >>/etc/seen-files 2>/dev/null
  [ ! -d "$place" ] || find "$place" -maxdepth 0 '(' -perm /077 -o ! -user root ')' -printf '%p %m %u\\n' >>/etc/open-places
  [ ! -d "$place" ] || find "$place" ! -path '*/.mailfw-*/*' '(' -perm /077 -o ! -user root ')' -printf '%p %m %u\\n' >>/etc/open-files 2>/dev/null
done
END
: >/etc/open-files
: >/etc/open-places
for program in mv sync rm ln; do
  printf '#!/bin/sh\\n/usr/local/bin/look\\nexec /usr/bin/%s "$@"\\n' $program >/usr/local/sbin/$program
done
chmod 755 /usr/local/bin/look /usr/local/sbin/*
`
const UMASKED = (umask: string): Pick<HostSpec, 'sshdOptions' | 'setup'> => ({
  sshdOptions: ['ForceCommand /usr/local/bin/umasked'],
  setup: `${LOOKING}
printf '#!/bin/sh\\numask ${umask}\\nexec sh -c "$SSH_ORIGINAL_COMMAND"\\n' >/usr/local/bin/umasked
chmod 755 /usr/local/bin/umasked
`,
})
const TO_ANOTHER = 'mkdir -p /srv/other && chown 8:8 /srv/other'
const UNSAFE: Readonly<Record<string, readonly [directory: string, setup: string]>> = {
  'state-of-another': ['/var/lib/mailfw', 'mkdir -m 777 /var/lib/mailfw && chown 8:8 /var/lib/mailfw'],
  'state-for-all': ['/var/lib/mailfw', 'mkdir /var/lib/mailfw && chmod 777 /var/lib/mailfw'],
  'state-is-a-link': ['/var/lib/mailfw', `${TO_ANOTHER} && ln -s /srv/other /var/lib/mailfw`],
  'state-is-a-pipe': ['/var/lib/mailfw', 'mkfifo /var/lib/mailfw'],
  'run-of-another': ['/run/mailfw', 'mkdir -m 755 /run/mailfw && chown 8:8 /run/mailfw'],
  'run-is-a-link': ['/run/mailfw', `${TO_ANOTHER} && ln -s /srv/other /run/mailfw`],
  'saved-for-all': ['/etc/iptables', 'mkdir -p /etc/iptables && chmod 1777 /etc/iptables'],
  'saved-of-another': ['/etc/iptables', 'mkdir -p /etc/iptables && chown 8:8 /etc/iptables'],
  'saved-of-a-group': [
    '/etc/iptables',
    'mkdir -p /etc/iptables && chmod 775 /etc/iptables && chgrp 8 /etc/iptables',
  ],
  'saved-of-group-root': ['/etc/iptables', 'chmod 775 /etc/iptables'],
  'saved-by-acl': ['/etc/iptables', 'setfacl -m u:8:rwx /etc/iptables'],
  'state-of-group-root': ['/var/lib/mailfw', 'mkdir -m 770 /var/lib/mailfw'],
  'state-by-acl': ['/var/lib/mailfw', 'mkdir -m 700 /var/lib/mailfw && setfacl -m u:8:rwx /var/lib/mailfw'],
  'run-by-acl': ['/run/mailfw', 'mkdir -m 700 /run/mailfw && setfacl -m g:8:rwx /run/mailfw'],
  'generations-of-another': [
    '/var/lib/mailfw/generations',
    'mkdir -p -m 700 /var/lib/mailfw/generations && chown 8 /var/lib/mailfw/generations',
  ],
  'generations-are-a-link': [
    '/var/lib/mailfw/generations',
    `${TO_ANOTHER} && mkdir -m 700 /var/lib/mailfw && ln -s /srv/other /var/lib/mailfw/generations`,
  ],
  'state-beside-others': ['/var/lib', 'setfacl -m u:8:rwx /var/lib'],
  'saved-beside-others': ['/etc', 'chown 8 /etc'],
  'saved-behind-a-link': [
    '/srv/other',
    `${TO_ANOTHER} && mkdir /srv/other/rules && rm -r /etc/iptables && ln -s ../srv/other/rules /etc/iptables`,
  ],
  'saved-behind-two-links': [
    '/srv/other',
    `${TO_ANOTHER} && mkdir /srv/rules && ln -s /srv/rules /srv/other/rules && rm -r /etc/iptables && ln -s /srv/other/rules /etc/iptables`,
  ],
  'saved-nowhere': ['/etc/iptables', 'rm -r /etc/iptables && ln -s /srv/none /etc/iptables'],
}
/** Those of them that are symbolic links where none may be, and to where they lead. */
const LINKS: Readonly<Record<string, string>> = {
  'state-is-a-link': '/srv/other',
  'run-is-a-link': '/srv/other',
  'generations-are-a-link': '/srv/other',
  'saved-nowhere': '/srv/none',
}
const BEHIND_LINKS = new Set(['saved-behind-a-link', 'saved-behind-two-links'])

function sentenceOf(name: string, directory: string): string {
  const link = LINKS[name]
  if (link !== undefined) return `${directory} on the host is a symbolic link to ${link}, .*; remove the link`
  if (name === 'state-is-a-pipe')
    return `${directory} on the host is no directory \\(p.*\\), .*; move it away`
  return `others than root may write to ${directory} on the host \\(d.*\\)${
    BEHIND_LINKS.has(name)
      ? ', to which a symbolic link leads on the way to our files; .*'
      : `; make it root's own: chown root ${directory}; chmod go-w ${directory}`
  }`
}

/** A default ACL takes the place of the umask for what is made inside. */
const DEFAULT_ACL = `${LOOKING}
mkdir -p /etc/iptables && mkdir -m 755 /run/sshd && setfacl -d -m u:8:rwx,g:8:rwx /etc/iptables /var/lib /run
`
/** Links with every name that a program might use in places where others may write. */
const PLANTED = `
touch /etc/victim && chmod 644 /etc/victim && mkdir -p /run/lock && chmod 1777 /run/lock /tmp /var/tmp
for directory in /tmp /var/tmp /run/lock; do
  for name in mailfw mailfw.lock lock attempt rules.v4 rules.v6 xtables.lock .mailfw; do ln -sf /etc/victim $directory/$name; done
done
`

describeLab('what is kept on a host', () => {
  let lab: Lab
  let run: Run
  beforeAll(async () => {
    lab = await createLab([
      { name: 'umask-000', ...UMASKED('000') },
      { name: 'umask-777', ...UMASKED('777') },
      { name: 'umask-sudo', user: 'sudo', ...UMASKED('000') },
      {
        name: 'own-mode',
        saved: { v4: '*filter\nCOMMIT\n' },
        setup: 'chown 8:12 /etc/iptables/rules.v4; chmod 604 /etc/iptables/rules.v4',
      },
      { name: 'default-acl', setup: DEFAULT_ACL },
      { name: 'default-acl-busybox', shell: 'busybox', setup: DEFAULT_ACL },
      { name: 'planted', setup: PLANTED },
      { name: 'linked', setup: 'mkdir /srv/rules && rm -rf /etc/iptables && ln -s /srv/rules /etc/iptables' },
      ...Object.entries(UNSAFE).map(([name, [, setup]]) => ({ name, setup })),
    ])
    run = await mailfw(lab, 'deploy', await lab.inventory({ all: OPEN }), '--max-failures', '99')
  })
  afterAll(() => lab.close())

  it.each(['umask-000', 'umask-777', 'umask-sudo'])('is for root alone at every step: %s', async (name) => {
    const host = lab.host(name)
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed' })
    const seen = await host.succeed('sort -u /etc/seen-files')
    for (const part of [
      '/run/mailfw/attempt/snapshot.v4',
      '/var/lib/mailfw/intent',
      '/etc/iptables/.mailfw-',
    ])
      expect(seen).toContain(part)
    expect(await host.succeed('sort -u /etc/open-files')).toBe('')
    expect(await host.succeed('find /run/mailfw /var/lib/mailfw -perm /077')).toBe('')
    expect(await host.succeed("find /etc/iptables -type f -printf '%m %u\\n'")).toBe('640 root\n640 root\n')
  })

  it.each(['default-acl', 'default-acl-busybox'])(
    'is for root alone where a default ACL lets others in: %s',
    async (name) => {
      const host = lab.host(name)
      expect(run.host(name)).toMatchObject({ outcome: 'confirmed' })
      expect(await host.succeed('sort -u /etc/open-places')).toBe('')
      expect(await host.succeed('grep -c iptables/.mailfw- /etc/seen-files')).not.toBe('0\n')
      expect(await host.succeed("find /etc/iptables -type f -printf '%m %u\n'")).toBe('640 root\n640 root\n')
    },
  )

  it('leaves a saved file its owner and mode', async () => {
    expect(run.host('own-mode')).toMatchObject({ outcome: 'confirmed' })
    expect(await lab.host('own-mode').succeed("stat -c '%a %u:%g' /etc/iptables/rules.v4")).toBe('604 8:12\n')
  })

  it('follows no link in a place where others may write', async () => {
    expect(run.host('planted')).toMatchObject({ outcome: 'confirmed' })
    expect(await lab.host('planted').succeed("stat -c '%s %a' /etc/victim")).toBe('0 644\n')
  })

  it("goes where the administrator's own link leads the saved files", async () => {
    expect(run.host('linked')).toMatchObject({ outcome: 'confirmed' })
    expect(await lab.host('linked').succeed('ls /srv/rules')).toBe('rules.v4\nrules.v6\n')
  })

  it.each(Object.keys(UNSAFE))(
    'is not put where others may write, and nothing was changed: %s',
    async (name) => {
      const [directory = ''] = UNSAFE[name] ?? []
      expect(run.host(name)).toMatchObject({ outcome: 'failed', code: 'unsafe-directory' })
      expect(run.host(name).message).toMatch(
        new RegExp(`^${sentenceOf(name, directory)}; nothing was changed$`),
      )
      expect(await lab.host(name).save('v4')).toBe('')
      expect(await lab.host(name).succeed('find /srv/other /srv/rules -type f 2>/dev/null || :')).toBe('')
    },
  )

  it('is put there once the commands of the message were run, which let nobody else in', async () => {
    const fixable = Object.keys(UNSAFE).filter((name) => / chown root /.test(run.host(name).message))
    expect(fixable.length).toBeGreaterThan(10)
    await Promise.all(
      fixable.map(async (name) => {
        const [directory = ''] = UNSAFE[name] ?? []
        const [fix = 'false'] = /chown root .*(?=; nothing)/.exec(run.host(name).message) ?? []
        const mode = async () => Number.parseInt(await lab.host(name).succeed(`stat -c %a ${directory}`), 8)
        const before = await mode()
        await lab.host(name).succeed(fix)
        expect((await mode()) & ~before, name).toBe(0)
      }),
    )
    const inventory = await lab.inventory({ all: OPEN })
    const again = await mailfw(lab, 'deploy', inventory, '--batch', '100%', '--limit', fixable.join(','))
    expect(again.summary).toEqual({ confirmed: fixable.length })
  })
})
