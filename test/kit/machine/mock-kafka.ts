/**
 * The mock cluster of librdkafka, which kcat brings. It speaks the protocol of Kafka, keeps all in memory, shows
 * messages whose transaction is open or was aborted, fences no producer, and forgets the offsets of transactions.
 */
import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { until } from '../until.ts'

export interface MockKafka {
  /** `host:port` of its broker. */
  readonly broker: string
}

export async function mockKafka(): Promise<MockKafka> {
  let printed = ''
  const args = ['-C', '-b', '127.0.0.1:1', '-t', 'logs', '-o', 'end', '-X', 'test.mock.num.brokers=1']
  const cluster = spawn('kcat', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = new Promise((resolve) => cluster.once('exit', resolve))
  cluster.once('error', (error) => (printed += String(error)))
  onTestFinished(async () => {
    cluster.kill('SIGKILL')
    await gone
  })
  cluster.stderr.on('data', (bytes) => (printed += String(bytes)))
  const address = await until(
    () => /replaced with (\S+:\d+)/.exec(printed)?.[1],
    'the mock cluster to print its address',
    {
      evidence: () => printed,
    },
  )
  return { broker: address }
}
