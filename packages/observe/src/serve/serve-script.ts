/** The script of the page: asks with the token of the address, and shows what comes. It has no `</script`. */
export const SERVE_SCRIPT = `'use strict'
const $ = (id) => document.getElementById(id)
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? sessionStorage.getItem('token')
if (token) sessionStorage.setItem('token', token)
history.replaceState(null, '', location.pathname)

const MOST_SHOWN = 2000
const PAUSE_MS = 1000

function ask(path, signal) {
  return fetch(path, { headers: { Authorization: 'Bearer ' + token }, signal, cache: 'no-store' })
}
function pause() { return new Promise((resolve) => setTimeout(resolve, PAUSE_MS)) }
/** What the server has said. */
class Answer extends Error {}
/** The same request would get the same answer. */
class Refusal extends Answer {}
function reason(error) { return error instanceof Answer ? error.message : 'no connection: ' + error.message }
/** Calls show with each event, until the stream ends. */
async function events(path, signal, show) {
  const response = await ask(path, signal)
  if (!response.ok) throw new Refusal(await response.text())
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const parts = (rest + value).split('\\n\\n')
    rest = parts.pop()
    for (const part of parts) {
      const data = JSON.parse(part.slice(part.indexOf('data: ') + 6))
      if (part.startsWith('event: failed')) throw new Answer(data)
      show(data)
    }
  }
}
function say(text) { put($('state'), { text, isTrouble: text !== '' }) }
function put(element, { text, isTrouble }) {
  element.textContent = text
  element.className = isTrouble ? 'trouble' : ''
  return element
}
function item(text, isTrouble) { return put(document.createElement('li'), { text, isTrouble }) }

let last
let isPaused = false
function draw(picture) {
  last = picture
  $('directory').textContent = picture.directory
  $('at').textContent = picture.at
  put($('verdict'), picture.verdict)
  put($('listener'), picture.listener)
  $('files').replaceChildren(...picture.files.map(({ text, isTrouble }) => item(text, isTrouble)))
  const words = $('filter').value.toLowerCase()
  const rows = picture.workers.filter((worker) => Object.values(worker).join(' ').toLowerCase().includes(words))
  $('workers').replaceChildren(...rows.map((worker) => {
    const row = document.createElement('tr')
    const cells = ['worker', 'state', 'rate', 'last', 'waits', 'dropped', 'level', 'minute', 'program', 'file']
    row.append(...cells.map((name, index) => {
      const cell = document.createElement('td')
      cell.textContent = worker[name]
      cell.className = index > 1 && index < 6 ? 'number' : index < 2 && worker.isTrouble ? 'trouble' : ''
      return cell
    }))
    return row
  }))
  $('more').textContent = picture.more
  const events = picture.events.length > 0 ? picture.events : ['none since this command was started']
  $('events').replaceChildren(...events.map((text) => item(text, false)))
  // For a tab in the background.
  document.title = (picture.verdict.isTrouble ? '! ' : '') + picture.directory
}
async function watch() {
  for (;;) {
    try {
      await events('/pictures', undefined, (picture) => { say(''); if (!isPaused) draw(picture) })
      say('the server has ended')
    } catch (error) {
      say(token ? reason(error) : 'The address has no token: use the one that the command has printed.')
    }
    await pause()
  }
}

let following = new AbortController()
async function follow() {
  following.abort()
  following = new AbortController()
  const { signal } = following
  const asked = new URLSearchParams()
  for (const [name, value] of new FormData($('filters'))) if (value !== '') asked.append(name, value)
  $('tail').replaceChildren()
  let hasBegun = false
  // One line for a trouble, however often it is tried again.
  let trouble
  const sayTrouble = (text) => {
    if (!trouble) $('tail').append(trouble = line(text, true))
    trouble.textContent = text
  }
  const show = (lines) => {
    const isAtEnd = innerHeight + scrollY >= document.body.scrollHeight - 50
    if (hasBegun && trouble) sayTrouble('the tail was interrupted: it begins again with its last lines')
    else trouble?.remove()
    trouble = undefined
    hasBegun = true
    $('tail').append(...lines.map((text) => line(text, false)))
    while ($('tail').childElementCount > MOST_SHOWN) $('tail').firstElementChild.remove()
    if (isAtEnd) scrollTo(0, document.body.scrollHeight)
  }
  while (!signal.aborted) {
    try {
      await events('/tail?' + asked, signal, show)
      sayTrouble('there is no log yet')
    } catch (error) {
      if (signal.aborted) return
      sayTrouble(reason(error))
      if (error instanceof Refusal) return
    }
    await pause()
  }
}
function line(text, isTrouble) { return put(document.createElement('div'), { text, isTrouble }) }

async function textOf(path) {
  const response = await ask(path)
  const text = await response.text()
  if (!response.ok) throw new Refusal(text)
  return text
}
async function timeline() {
  const log = $('log').value
  if (log === '') return sayRead('there is no log yet')
  sayRead('reading ' + log + ' ...')
  try {
    $('frame').srcdoc = await textOf('/timeline?' + new URLSearchParams({ log }))
    sayRead('')
  } catch (error) { sayRead(reason(error)) }
}
async function logs() {
  try {
    const chosen = $('log').value
    $('log').replaceChildren(...JSON.parse(await textOf('/logs')).map((name) => new Option(name, name, false, name === chosen)))
    await timeline()
  } catch (error) { sayRead(reason(error)) }
}
function sayRead(text) { $('reading').textContent = text }

const views = { top: 'top', tail: 'tails', timeline: 'timelines' }
for (const [name, id] of Object.entries(views)) {
  $('show-' + name).addEventListener('click', () => {
    for (const [other, section] of Object.entries(views)) {
      $(section).hidden = section !== id
      $('show-' + other).setAttribute('aria-pressed', String(other === name))
    }
    if (name === 'timeline') void logs()
    if (name === 'tail') void follow()
  })
}
$('filters').addEventListener('submit', (event) => { event.preventDefault(); void follow() })
$('clear').addEventListener('click', () => $('tail').replaceChildren())
$('timeline').addEventListener('submit', (event) => { event.preventDefault(); void timeline() })
$('filter').addEventListener('input', () => { if (last) draw(last) })
$('pause').addEventListener('click', () => {
  isPaused = !isPaused
  $('pause').setAttribute('aria-pressed', String(isPaused))
})
void watch()
`
