import { clean } from './clean.ts'
import { readAssets } from './page/assets.ts'
import { attentionEntries, changeEntries, noticeEntries } from './page/attention.ts'
import { entrySections, shownEntries } from './page/attention-list.ts'
import { embeddedJson, pageData } from './page/data.ts'
import { fleetGrid } from './page/fleet-grid.ts'
import { icon } from './page/icon.ts'
import { html, verbatim } from './page/markup.ts'
import { runHeader, verdict } from './page/run-header.ts'
import type { RunDocument } from './reporter.ts'

/**
 * A run as one HTML page that needs nothing else. Whatever a host said is text in it, never markup or script; without
 * JavaScript it shows the counts, what needs attention and the fleet.
 */
export function htmlReport(run: RunDocument): string {
  const hosts = run.hosts.map((host) => clean(host, { diff: false }))
  const lists = [
    { id: 'attention', title: 'Needs attention', entries: attentionEntries(hosts) },
    { id: 'changed', title: 'Changed by this run', entries: changeEntries(hosts) },
    { id: 'noticed', title: 'Also noticed', entries: noticeEntries(hosts) },
  ]
  const [attention, changes, notices] = entrySections(lists)
  const { style, script } = readAssets()
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src ${style.allowedAs}; script-src ${script.allowedAs}; img-src data:; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>mailfw ${run.command}: ${verdict(hosts)}</title>
        <link rel="icon" href="${icon(hosts)}" />
        ${style.element}
      </head>
      <body>
        <a class="skip" href="#~fleet">To the fleet</a>
        ${runHeader({ ...run, hosts })}
        <main>${attention} ${changes} ${fleetGrid(hosts)} ${notices}</main>
        <noscript>The details of a host need JavaScript, which is off here.</noscript>
        <dialog id="host" aria-labelledby="host-name"></dialog>
        <p id="said" class="hidden" role="status"></p>
        <script type="application/json" id="data">
          ${verbatim(embeddedJson(pageData(hosts, shownEntries(lists))))}
        </script>
        ${script.element}
      </body>
    </html>`.markup
}
