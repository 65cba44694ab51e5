import { printable } from '../../lib/printable.ts'
import { DISTRIBUTIONS } from '../../model/distribution.ts'

/** `detail`: the path; behind it, on a line of its own, `-> TARGET` of a symbolic link or what else stands there. */
export function unsafeDirectory(detail: string): string {
  const [path = '', found = ''] = detail.split('\n')
  const where = `${shown(path)} on the host`
  if (found.startsWith('->'))
    return `${where} is a symbolic link to ${shown(found.slice(3))}, expected a directory of root's own; remove the link`
  const open = `others than root may write to ${where}`
  if (!found.startsWith('d'))
    return `${where} is no directory (${shown(found)}), expected one of root's own; move it away`
  return OWN_PLACES.some((place) => `${place}/`.startsWith(`${path.replace(/\/$/, '')}/`))
    ? `${open} (${shown(found)}; a group's bits are an ACL's too); make it root's own: chown root ${shown(path)}; chmod go-w ${shown(path)}`
    : `${open} (${shown(found)}), to which a symbolic link leads on the way to our files; put a directory of root's own in the place of that link`
}

/** What is reached otherwise is where a link of the administrator's leads, and may be somebody's own. */
const OWN_PLACES: readonly string[] = [
  '/run/mailfw/attempt',
  '/var/lib/mailfw/generations',
  ...DISTRIBUTIONS.flatMap(({ saved }) => [saved.v4, saved.v6]),
]

function shown(text: string): string {
  return printable(text, { most: 400 })
}
