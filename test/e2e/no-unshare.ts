/** For the setup of a host that is like a container which may make no namespaces. */
export const NO_UNSHARE = `rm -f /usr/bin/unshare
printf '#!/bin/sh\\necho "unshare: unshare failed: Operation not permitted" >&2\\nexit 1\\n' >/usr/bin/unshare
chmod 755 /usr/bin/unshare
`
