import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { BEFORE, useLab } from './fleet.ts'
import {
  deploy,
  leftOn,
  lookAt,
  recoverOn,
  refusalOf,
  stateOf,
  stub,
  tryOn,
  until,
  wantedWith,
} from './try.ts'

const WANTED = wantedWith(25)
const CHANGED = wantedWith(25, 993)

/** For mv: one of the two saved files is moved, then `script` is run, once. */
const halfMoved = (script: string) =>
  `case "$*" in "-f "*/rules.v4*) [ -e /tmp/half ] || { /usr/bin/mv -f "$2" "$4"; : >/tmp/half; ${script}; } ;; esac
exec /usr/bin/mv "$@"`

const killHolder = 'read -r holder _ </run/mailfw/holder; kill -9 $holder'
const killGuard = 'read -r guard _ </run/mailfw/attempt/guard; kill -9 $guard'
const readOnly = 'mount --bind /etc/iptables /etc/iptables; mount -o remount,bind,ro /etc/iptables'

describeLab('what a confirmation has left', () => {
  const { host } = useLab(
    ['stuck', 'saved-only', 'other-boot', 'undone', 'linked', 'staged-twice'].map((name) => ({
      name,
      rules: BEFORE,
      saved: BEFORE,
    })),
  )

  it.concurrent('is cleared by the next change where it could not be undone in time', async () => {
    const here = host('stuck')
    const made = await tryOn(here, WANTED, 3)
    await stub(here, 'sleep', 'exec /usr/bin/sleep 0.01')
    await made.apply()
    await stub(here, 'mv', halfMoved(`${readOnly}; ${killHolder}; exit 1`))
    await made.confirm().catch(() => undefined)
    await until(here, '[ -e /run/mailfw/attempt/state.revert-failed ]')
    await here.succeed('umount /etc/iptables; rm /usr/local/sbin/*')
    // Saved files are put back first, and are then not those that were examined
    expect(await refusalOf(deploy(here, CHANGED))).toMatchObject({ code: 'live-changed' })
    await deploy(here, CHANGED)
    expect(await here.succeed('cat /etc/iptables/rules.v4')).toBe(CHANGED.v4)
    expect(await leftOn(here)).toBe('')
    expect((await lookAt(here, CHANGED)).unfinished).toBe(false)
  })

  it.concurrent('is removed first and never written through, if it is a link', async () => {
    const here = host('linked')
    const made = await tryOn(here, WANTED)
    await made.apply()
    await here.succeed(`mkdir /srv/victims /var/lib/mailfw /var/lib/mailfw/generations
      for name in record rules.v4 rules.v6 receipt; do echo mine >/srv/victims/$name; done
      for link in intent.new generations/.new generations/.new0; do ln -s /srv/victims /var/lib/mailfw/$link; done
      ln -s /srv/victims /etc/iptables/.mailfw-${made.id}`)
    await made.confirm()
    expect(await here.succeed('cat /srv/victims/*')).toBe('mine\n'.repeat(4))
    expect(await here.succeed('cat /etc/iptables/rules.v4')).toBe(WANTED.v4)
    expect(await leftOn(here)).toBe('')
  })

  it.concurrent('is no obstacle to confirming again', async () => {
    const here = host('staged-twice')
    const made = await tryOn(here, WANTED)
    await made.apply()
    const atCommit = '*/state.applied*/state.confirming'
    await stub(here, 'mv', `case "$*" in ${atCommit}) ${killHolder}; exit 1 ;; esac\nexec /usr/bin/mv "$@"`)
    await made.confirm().catch(() => undefined)
    await here.succeed('rm /usr/local/sbin/mv; [ -e /var/lib/mailfw/intent/record ]')
    await made.confirm()
    expect(await here.succeed('find /var/lib/mailfw -name "intent*"')).toBe('')
    expect(await here.succeed('cat /etc/iptables/rules.v4')).toBe(WANTED.v4)
    expect(await leftOn(here)).toBe('')
  })

  it.concurrent('is told as failed if only saved files differed and cannot be put back', async () => {
    const here = host('saved-only')
    await deploy(here, WANTED)
    await here.succeed('echo "*filter\nCOMMIT" >/etc/iptables/rules.v4')
    const made = await tryOn(here, WANTED, 3)
    await stub(here, 'sleep', 'exec /usr/bin/sleep 0.01')
    await made.apply()
    await stub(here, 'mv', halfMoved(`${readOnly}; ${killHolder}; exit 1`))
    await made.confirm().catch(() => undefined)
    await until(here, '[ -e /run/mailfw/attempt/state.revert-failed ]')
  })

  it.concurrent('is told beside an attempt of another boot', async () => {
    const here = host('other-boot')
    const made = await tryOn(here, WANTED)
    await made.apply()
    await stub(here, 'mv', halfMoved(`${killGuard}; ${killHolder}; exit 1`))
    await made.confirm().catch(() => undefined)
    await here.succeed('echo another >/run/mailfw/attempt/boot')
    expect(await lookAt(here, WANTED)).toMatchObject({ unfinished: true, pending: { thisBoot: false } })
    expect(await recoverOn(here)).toMatchObject({ did: 'confirmed', id: made.id })
    expect(await leftOn(here)).toBe('')
  })

  it.concurrent('is not taken for confirmed where the host dies while it is undone', async () => {
    const here = host('undone')
    const before = await stateOf(here)
    const made = await tryOn(here, WANTED, 4)
    await made.apply()
    await stub(
      here,
      'mv',
      `case "$*" in *state.applied*state.confirming) ${killHolder}; exit 1 ;; esac\nexec /usr/bin/mv "$@"`,
    )
    await stub(
      here,
      'rm',
      `case "$*" in *intent*) [ -e /tmp/died ] || { /usr/bin/rm -rf /etc/iptables/.mailfw-*; ${killGuard}; : >/tmp/died; exit 1; } ;; esac\nexec /usr/bin/rm "$@"`,
    )
    await made.confirm().catch(() => undefined)
    await until(here, '[ -e /tmp/died ]')
    await here.succeed('rm /usr/local/sbin/*; rm -r /run/mailfw/attempt')
    expect(await recoverOn(here)).toMatchObject({ did: 'rebooted', id: made.id })
    expect((await stateOf(here))['saved v4']).toEqual(before['saved v4'])
    expect(await leftOn(here)).toBe('')
  })
})
