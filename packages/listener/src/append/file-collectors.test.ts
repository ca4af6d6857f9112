import { DEFAULT_LOG_OPTIONS } from '@pino-funnel/channel'
import { ledgerDirectory, ledgerPath } from '@pino-funnel/ledger'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { nodeFileSystem } from '../journal/filesystem.ts'
import { Journal } from '../journal/journal.ts'
import { temporaryChannel } from '../testing/channel.test-kit.ts'
import { FileCollectors } from './file-collectors.ts'

test.each([true, false])(
  'the ledger of a log that is gone should be removed only by the listener of now (%s)',
  (isOurs) => {
    const channel = temporaryChannel()
    writeFileSync(channel.logs, Array.from({ length: 1001 }, (_, pid) => `\n"${pid}.log"`).join(''))
    writeFileSync(join(channel.logDirectory, '7.log'), '')
    mkdirSync(ledgerDirectory(channel.directory))
    writeFileSync(ledgerPath(channel.directory, '8.log'), '')
    const journal = new Journal(nodeFileSystem, channel.journal)
    const files = new FileCollectors({
      channel,
      journal,
      source: () => Buffer.alloc(0),
      mailbox: () => undefined,
      noteCommitted: () => {},
      isOurs: () => isOurs,
      checkpoint: () => {},
      afterReboot: false,
      notify: () => {},
      informWriters: () => {},
      syncPolicies: () => [],
      complain: () => {},
      report: () => {},
      inDoubt: new Map(),
      boot: '',
      formerBoot: '',
    })
    onTestFinished(() => {
      files.close()
      journal.close()
    })

    files.record(
      files.of({ reader: { profile: { file: 'new.log', log: DEFAULT_LOG_OPTIONS, application: '/' } } } as never),
    )

    expect(existsSync(ledgerPath(channel.directory, '8.log'))).toBe(!isOurs)
  },
)
