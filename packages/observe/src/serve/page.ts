/** The page: one file without data. Its policy allows its own script and style, and requests to its own server only. */
import { createHash } from 'node:crypto'
import { PAGE_SCRIPT } from '../pictures/timeline-script.ts'
import { SERVE_SCRIPT } from './serve-script.ts'

const STYLE = `
:root { color-scheme: light dark }
body { font: 13px ui-monospace, monospace; margin: 12px }
header, nav, form { display: flex; gap: 1em; flex-wrap: wrap; align-items: baseline; margin-bottom: .6em }
h1 { font-size: 1.1em; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 1.1em }
button, input, select { font: inherit }
button[aria-pressed=true] { font-weight: bold; text-decoration: underline }
.wide { overflow-x: auto }
table { border-collapse: collapse }
td, th { text-align: left; padding: 1px 1.2em 1px 0; white-space: pre; font-weight: normal }
th { opacity: .6 }
.number { text-align: right }
.trouble { font-weight: bold; color: light-dark(#b00020, #ff8a80) }
.trouble::before { content: '! ' }
#tail { white-space: pre-wrap; overflow-wrap: anywhere }
#frame { width: 100%; height: 80vh; border: 1px solid #8888 }
p { white-space: pre-wrap }
ul { padding: 0; list-style: none; white-space: pre-wrap; overflow-wrap: anywhere }
`

export const PAGE: string = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pino-funnel</title>
<style>${STYLE}</style>
<header><h1 id="directory">pino-funnel</h1><span id="at"></span><span id="verdict"></span><span id="state" role="status"></span></header>
<nav>
<button id="show-top" aria-pressed="true">top</button>
<button id="show-tail" aria-pressed="false">tail</button>
<button id="show-timeline" aria-pressed="false">timeline</button>
</nav>
<main>
<section id="top">
<p id="listener"></p>
<ul id="files"></ul>
<label>filter <input id="filter" autocomplete="off"></label> <button id="pause" aria-pressed="false">pause</button>
<div class="wide"><table><thead><tr><th>WORKER<th>STATE<th class="number">REC/S<th class="number">LAST<th class="number">WAITS<th class="number">DROPPED<th>LEVEL<th>LAST MINUTE<th>PROGRAM<th>FILE</thead>
<tbody id="workers"></tbody></table></div>
<p id="more"></p>
<h2>events</h2>
<ul id="events"></ul>
</section>
<section id="tails" hidden>
<form id="filters">
<label>level <select name="level"><option value="">all<option>trace<option>debug<option>info<option>warn<option>error<option>fatal</select></label>
<label>worker <input name="worker" placeholder="9145, cluster:3" size="15"></label>
<label>grep <input name="grep" size="16"></label>
<label>where <input name="where" placeholder="req.id=42" size="16"></label>
<button>follow</button> <button type="button" id="clear">clear</button>
</form>
<div id="tail" role="log"></div>
</section>
<section id="timelines" hidden>
<form id="timeline"><label>log <select id="log"></select></label> <button>read</button> <span id="reading" role="status"></span></form>
<iframe id="frame" title="timeline" sandbox="allow-scripts"></iframe>
</section>
</main>
<script>${SERVE_SCRIPT}</script>
</html>
`

/**
 * A timeline is a page of its own, in a frame that has neither this origin nor the token. It inherits this policy, and
 * has a narrower one.
 */
export const PAGE_POLICY: string = [
  "default-src 'none'",
  `script-src ${hashOf(SERVE_SCRIPT)} ${hashOf(PAGE_SCRIPT)}`,
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
