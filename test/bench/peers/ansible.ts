import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { Lab } from '../../lab/lab.ts'
import type { Contestant, Missing, Row } from '../contestant.ts'
import { FORKS } from '../options.ts'

/** In its recap. */
const CHANGED = /changed=[1-9]/
const HERE = `${import.meta.dirname}/ansible`

/** Ansible at its best: `ansible/ansible.cfg` and `ansible/firewall.yaml` tell all of it. */
export async function ansible(
  lab: Lab,
  {
    inventory,
    rendered,
    rounds,
  }: { readonly inventory: string; readonly rendered: string; readonly rounds: number },
): Promise<Contestant | Missing> {
  const found = await versions(lab)
  if ('missing' in found) return { name: 'Ansible', missing: found.missing }
  const templates = await writeTemplates(lab, rendered)
  const play = (lookAtLive: boolean): Pick<Row, 'command' | 'env'> => ({
    command: [
      ...['ansible-playbook', '--inventory', inventory, '--forks', String(FORKS)],
      ...['--extra-vars', JSON.stringify({ templates, look_at_live: lookAtLive }), `${HERE}/firewall.yaml`],
    ],
    env: { ANSIBLE_CONFIG: `${HERE}/ansible.cfg` },
  })
  return {
    name: 'Ansible',
    note: `${found.core}, community.general ${found.collection}; pipelining, ControlPersist (no connection open at the start), no facts, strategy free`,
    rows: [
      {
        id: 'ansible-first',
        label: 'Ansible, first run',
        ...play(true),
        floor: 'two-sessions',
        ours: 'mailfw-deploy',
      },
      {
        id: 'ansible-unchanged',
        label: 'Ansible, unchanged run',
        ...play(true),
        mustNotSay: CHANGED,
        floor: 'one-session',
        ours: 'mailfw-unchanged',
      },
      {
        id: 'ansible-files-only',
        label: 'Ansible, unchanged run, live not looked at',
        ...play(false),
        mustNotSay: CHANGED,
        floor: 'one-session',
        ours: 'mailfw-unchanged',
      },
    ],
    deploys: true,
    rounds,
  }
}

type Versions = { readonly core: string; readonly collection: string } | { readonly missing: string }

async function versions(lab: Lab): Promise<Versions> {
  const { code, stdout } = await lab.controller(['sh', '-c', 'ansible-playbook --version'])
  if (code !== 0) return { missing: 'ansible-playbook is not installed (Debian: apt-get install ansible)' }
  const list = ['ansible-galaxy', 'collection', 'list', 'community.general', '--format', 'json']
  const collection = /"version": "([^"]+)"/.exec((await lab.controller(list)).stdout)?.[1]
  const core = /\[(core [\d.]+)/.exec(stdout)?.[1] ?? 'a core of unknown version'
  return collection === undefined
    ? {
        missing:
          'the collection community.general is not installed (Debian: ansible, which is more than ansible-core)',
      }
    : { core, collection }
}

/** Jinja templates of what mailfw renders, the host's name being the one thing in them that differs. */
async function writeTemplates(lab: Lab, rendered: string): Promise<string> {
  const directory = `${lab.home}/ansible-templates`
  await mkdir(directory)
  const [name = ''] = lab.hosts.keys()
  for (const file of ['rules.v4', 'rules.v6']) {
    const text = await readFile(`${rendered}/${name}/${file}`, 'utf8')
    if (/\{[{%#]/.test(text)) throw new Error(`Expected no Jinja in ${file}, got: ${text}`)
    await writeFile(
      `${directory}/${file}.j2`,
      text.replace(` of ${name}\n`, ' of {{ inventory_hostname }}\n'),
    )
  }
  return directory
}
