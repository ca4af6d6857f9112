import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { start } from '../../kit/processes/fixture.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { numbersIn, upTo } from './numbers.ts'
import { mmapObstacle } from '../../kit/machine/mmaps.ts'

// mock-fs replaces what fs itself stands on, so that nothing captured at import goes past it.
const program = fileURLToPath(new URL('mocked.cjs', import.meta.url))

test('should count records that can not be written while mock-fs is active, and report them in the log afterwards', async () => {
  const directory = logDirectory()
  const { file } = directory

  const application = start(program, [JSON.stringify({ file, mmap: 'never', opened: 'before' })])

  await application.succeeded()
  expect(application.stdout).toBe('closed\n')
  await directory.drained()
  const numbers = numbersIn(file).filter((n) => n !== undefined)
  expect(numbers).toEqual(upTo(30).filter((n) => n < 10 || n >= 20))
  expect(readFileSync(file, 'utf8')).toContain('"msg":"10 records of pid')
})

test.skipIf(mmapObstacle !== undefined)(
  'should lose nothing while mock-fs is in force when the mailbox is mapped',
  async () => {
    const directory = logDirectory()
    const { file } = directory

    const application = start(program, [JSON.stringify({ file, mmap: 'require', opened: 'before' })])

    await application.succeeded()
    await directory.drained()
    expect(numbersIn(file)).toEqual(upTo(30))
  },
)

test('should refuse to open, and say which path is missing, while mock-fs is in force', async () => {
  const directory = logDirectory()
  const { file } = directory

  const application = start(program, [JSON.stringify({ file, mmap: 'auto', opened: 'while' })])

  await application.succeeded()
  expect(application.stdout).toMatch(
    /^FUNNEL_LOG_DIRECTORY_UNUSABLE: The log directory .* does not exist, and can't be made/,
  )
})
