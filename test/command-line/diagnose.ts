/** Asks `pino-funnel doctor`. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startWorkers, type CommandedWorker } from '../kit/processes/commanded-worker.ts'
import type { StartOptions } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { until } from '../kit/until.ts'
import { pinoFunnel } from '../kit/processes/command.ts'

export const NOBODY = 65_534
export const asNobody: StartOptions = {
  nodeBinary: 'setpriv',
  nodeOptions: [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath],
}

export interface Diagnosis {
  readonly listener: { readonly state: string; readonly answers: boolean } | null
  readonly workers: readonly {
    readonly liveness: string
    readonly waiting: number
    readonly process: { state: string }
  }[]
  readonly findings: readonly {
    readonly code: string
    readonly subject: string
    readonly what: string
    readonly cure: string
  }[]
}

export async function diagnose({ logs }: Pick<LogDirectory, 'logs'>): Promise<Diagnosis> {
  const command = pinoFunnel('doctor', '--json', logs)
  const { code } = await command.exited()
  const diagnosis = JSON.parse(command.stdout) as Diagnosis
  expect(code, command.stdout).toBe(diagnosis.findings.length === 0 ? 0 : 1)
  return diagnosis
}

/** Waits until the doctor finds just this. */
export async function expectFindings(
  directory: Pick<LogDirectory, 'logs'>,
  codes: readonly string[],
): Promise<Diagnosis> {
  let last: Diagnosis | undefined
  const found = async (): Promise<boolean> => {
    last = await diagnose(directory)
    return JSON.stringify(last.findings.map(({ code }) => code)) === JSON.stringify(codes)
  }
  await until(found, `the doctor to find ${codes.join(', ') || 'nothing'}`, {
    deadline: 60_000,
    evidence: () => `${directory.logs}\n${JSON.stringify(last, null, 2)}`,
  })
  return last!
}

/** Puts a mailbox with a header that can't be read beside the others, at once. @returns its path */
export function damagedMailbox({ root, channel }: LogDirectory): string {
  const made = join(root, 'damaged')
  const damaged = join(channel, 'mailboxes', 'f'.repeat(32))
  mkdirSync(made)
  writeFileSync(join(made, 'header'), 'nonsense')
  renameSync(made, damaged)
  return damaged
}

/** A worker of whose records some are in the log. */
export async function workerAtWork(
  directory: LogDirectory,
  options: object = {},
  start: StartOptions = {},
): Promise<CommandedWorker> {
  const [worker] = await startWorkers(directory, ['worker'], options, start)
  await worker!.does({ log: 10 })
  await worker!.does({ flush: true })
  return worker!
}
