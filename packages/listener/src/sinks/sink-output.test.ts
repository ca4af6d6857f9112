import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { SinkOutput } from './sink-output.ts'

function output(): { output: SinkOutput; reported: string[] } {
  const reported: string[] = []
  return { output: new SinkOutput((message) => reported.push(message)), reported }
}

async function print(to: SinkOutput, ...texts: string[]): Promise<PassThrough> {
  const stream = new PassThrough()
  to.read(stream)
  const read = new Promise((resolve) => stream.once('close', resolve))
  for (const text of texts) stream.write(text)
  stream.end()
  await read
  return stream
}

test('should report whole lines, and the last one without an end, when a process prints', async () => {
  const { output: sink, reported } = output()
  await print(sink, 'on', 'e\ntwo\n\nthr', 'ee')

  expect(reported).toEqual(['printed: one', 'printed: two', 'printed: three'])
})

test('should cut a line when it is long', async () => {
  const { output: sink, reported } = output()
  await print(sink, 'x'.repeat(5000))

  expect(reported[0]).toHaveLength(500)
})

test('should report a few lines and count the others when there are many', async () => {
  const { output: sink, reported } = output()
  await print(sink, 'line\n'.repeat(1000))
  expect(reported).toHaveLength(20)

  for (let tick = 0; tick < 30; tick += 1) sink.tick()

  expect(reported.slice(20)).toEqual(['980 more lines were left out'])
})

test('should stop reading until the next tick when a process floods', () => {
  const { output: sink } = output()
  const stream = new PassThrough({ highWaterMark: 10 })
  sink.read(stream)

  stream.emit('data', 'x'.repeat(300_000))
  expect(stream.isPaused()).toBe(true)

  sink.tick()
  expect(stream.isPaused()).toBe(false)
})
