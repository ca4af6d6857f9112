import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished } from 'vitest'
import { until } from '../kit/until.ts'
import { run } from './outside.ts'

/** A new directory for the logs of one test, which is over only when the listener has left by itself. Kept on failure. */
export async function newLogDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pino-funnel-consumer-logs-'))
  onTestFinished(async ({ task }) => {
    await listenerHasLeft(directory)
    if (task.result?.state === 'fail') console.error(`'${task.name}' failed. Its logs: ${directory}`)
    else await rm(directory, { recursive: true })
  })
  return directory
}

/** Waits for the record: a process that has logged may be gone before the listener has written. */
export async function expectOnlyMessage(file: string, message: string): Promise<void> {
  const log = await until(() => readFile(file, 'utf8'), `the record '${message}' in ${file}`)

  const records = log.split('\n').filter(Boolean)
  expect(records.map((record) => (JSON.parse(record) as { msg: string }).msg)).toEqual([message])
}

async function listenerHasLeft(directory: string): Promise<void> {
  if (!existsSync(join(directory, '.pino-funnel'))) return
  try {
    await until(async () => (await listenerOf(directory)) === null, `the listener of ${directory} to have left`)
  } catch (error) {
    await funnel('stop', directory)
    throw error
  }
}

async function listenerOf(directory: string): Promise<unknown> {
  return (JSON.parse(await funnel('status', '--json', directory)) as { listener: unknown }).listener
}

/** The command as npm has linked it. */
function funnel(...args: string[]): Promise<string> {
  const project = inject('consumerProject')
  return run(join(project, 'node_modules', '.bin', 'pino-funnel'), args, { cwd: project })
}
