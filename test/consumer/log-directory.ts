import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, vi } from 'vitest'
import { run } from './outside.ts'

const deadline = { timeout: 30_000, interval: 100 }

/** A new directory for the logs of one test, which is over only when the listener has left. */
export async function newLogDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pino-funnel-consumer-logs-'))
  onTestFinished(async () => {
    await listenerHasLeft(directory)
    await rm(directory, { recursive: true })
  })
  return directory
}

/** Waits for the message: a process that has logged may be gone before the listener has written. */
export async function expectOnlyMessage(file: string, message: string): Promise<void> {
  await vi.waitFor(async () => expect(await messagesIn(file), `messages in ${file}`).toEqual([message]), deadline)
}

async function messagesIn(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean)
  return lines.map((line) => (JSON.parse(line) as { msg: string }).msg)
}

async function listenerHasLeft(directory: string): Promise<void> {
  if (!existsSync(join(directory, '.pino-funnel'))) return
  try {
    await vi.waitFor(async () => expect(await listenerOf(directory), `listener of ${directory}`).toBeNull(), deadline)
  } catch (error) {
    await funnel('stop', directory)
    throw error
  }
}

async function listenerOf(directory: string): Promise<unknown> {
  return (JSON.parse(await funnel('status', '--json', directory)) as { listener: unknown }).listener
}

function funnel(...args: string[]): Promise<string> {
  const project = inject('consumerProject')
  return run(join(project, 'node_modules', '.bin', 'pino-funnel'), args, { cwd: project })
}
