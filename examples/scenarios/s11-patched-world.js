// S11: a library replaced threads, locks and sockets, and the pool waited for ever; it took strace and lsof to find out.
// Here timers, fs, net and child_process are replaced, and logging continues; `doctor` finds what waits.
import FakeTimers from '@sinonjs/fake-timers'
import childProcess from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import { funnel } from './command.js'
import { openWorker, scenario, startProcess, workerName } from './scenario.js'

if (workerName === undefined) await scenario(main)
else work()

async function main(directory) {
  const worker = startProcess(import.meta.url, 'patched')
  const [answer] = await once(worker, 'message')
  console.log(`in a patched world: ${answer}`)

  const { pid } = await directory.listenerPresent()
  process.kill(pid, 'SIGSTOP')
  const { findings } = await funnel('doctor', directory.logs)
  console.log(
    `doctor: ${findings.map(({ code, cure }) => `${code}, ${cure.replace(String(pid), '<pid>')}`).join('; ')}`,
  )
  process.kill(pid, 'SIGCONT')
  if (worker.exitCode === null) await once(worker, 'exit')
}

function work() {
  const worker = openWorker(workerName)
  const say = process.send.bind(process)
  worker.log(100)
  const clock = FakeTimers.install({
    toFake: ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'performance', 'hrtime'],
  })
  for (const module of [fs, net, childProcess]) {
    for (const name of Object.keys(module)) if (/^[a-z]/.test(name) && name !== 'writevSync') refuse(module, name)
  }
  worker.log(100)
  worker.stream.flush((error) => {
    say(error ? error.message : 'flushed')
    clock.uninstall()
  })
}

function refuse(module, name) {
  if (typeof module[name] !== 'function') return
  module[name] = () => {
    throw new Error(`${name} is replaced`)
  }
}
