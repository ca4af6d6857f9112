import type { SinkOptions } from '@pino-funnel/channel'
import { expect, onTestFinished, test, vi, type MockInstance } from 'vitest'
import { SinkFeed } from './sink-feed.ts'
import { Sinks } from './sinks.ts'

const STDOUT: SinkOptions = {
  name: 'pino-funnel/stdout',
  options: {},
  level: 30,
  stdout: 'report',
  maxQueueBytes: 1024,
  hangTimeout: 1000,
  target: '/nowhere/stdout.js',
  directory: '/srv/old',
}

function openFeed(): { feed: SinkFeed; close: MockInstance<Sinks['close']> } {
  vi.spyOn(Sinks.prototype, 'offer').mockImplementation(() => {})
  const close = vi.spyOn(Sinks.prototype, 'close')
  onTestFinished(() => void vi.restoreAllMocks())
  const feed = new SinkFeed([STDOUT], { onNotice: () => {}, report: () => {} })
  onTestFinished(() => feed.close(0))
  feed.offer(Buffer.from('{"level":30}\n'))
  return { feed, close }
}

test('sinks should run on when workers want them as they are, wherever they were started', () => {
  const { feed, close } = openFeed()
  feed.adopt([{ ...STDOUT, directory: '/srv/new' }])
  expect(feed.isActive).toBe(true)
  expect(close).not.toHaveBeenCalled()
})

test('sinks should be closed when workers want others', () => {
  const { feed, close } = openFeed()
  feed.adopt([{ ...STDOUT, level: 50 }])
  expect(close).toHaveBeenCalledOnce()
})
