import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { nodeBinaries } from './node-binaries.ts'

describe('nodeBinaries', () => {
  test('should bring every supported major when the platform is linux-x64', () => {
    const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64'

    expect(nodeBinaries().map(({ major }) => major)).toEqual(onLinuxX64 ? [20, 22, 24, 26] : [])
  })

  test.each(nodeBinaries())('should run as Node $major', ({ major, path }) => {
    expect(execFileSync(path, ['--version'], { encoding: 'utf8' })).toMatch(new RegExp(`^v${major}\\.`))
  })
})
