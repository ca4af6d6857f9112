import { chmodSync, chownSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { funnelError, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { refuseForeignModule } from './module-writers.ts'

const OTHER = 65_534

interface Installed {
  readonly own: string
  readonly module: string
  /** The directory that both are in. */
  readonly root: string
  /** That of the module alone. */
  readonly place: string
}

function installed(): Installed {
  const root = temporaryDirectory()
  const [program, place] = [join(root, 'listener'), join(root, 'pino-pretty')]
  for (const directory of [program, place]) mkdirSync(directory)
  const [own, module] = [join(program, 'main.js'), join(place, 'index.js')]
  for (const file of [own, module]) writeFileSync(file, '')
  return { own, module, root, place }
}

describe('a module', () => {
  test('should be loaded when only this user and root can change it', () => {
    const { own, module } = installed()
    expect(() => refuseForeignModule(module, own)).not.toThrow()
  })

  test.each([
    ['a group', 0o775],
    ['everybody', 0o757],
  ])('should be refused, naming the cure, when %s may write to its directory, and not to the program', (_who, mode) => {
    const { own, module, place } = installed()
    chmodSync(place, mode)
    expect(() => refuseForeignModule(module, own)).toThrow(
      funnelError('FUNNEL_FORMAT_UNAVAILABLE', module, `may change ${place}`, `chmod go-w ${place}`),
    )
  })

  test('should be loaded when the same group may write to it and to the program, as under umask 002', () => {
    const { own, module, root, place } = installed()
    for (const path of [root, place, module]) chmodSync(path, 0o775)
    expect(() => refuseForeignModule(module, own)).not.toThrow()
  })

  test('should be loaded from a sticky directory, where others can exchange nothing', () => {
    const { own, module, place } = installed()
    chmodSync(place, 0o1777)
    expect(() => refuseForeignModule(module, own)).not.toThrow()
  })

  test.runIf(process.getuid?.() === 0)('should be refused when another user owns it, and not the program', () => {
    const { own, module, place } = installed()
    chownSync(place, OTHER, OTHER)
    expect(() => refuseForeignModule(module, own)).toThrow(
      funnelError('FUNNEL_FORMAT_UNAVAILABLE', `user ${OTHER} may change ${place}`),
    )
  })

  test.runIf(process.getuid?.() === 0)('should be loaded when the same other user owns all, as in an image', () => {
    const { own, module, root, place } = installed()
    for (const path of [root, place, module, own]) chownSync(path, OTHER, OTHER)
    expect(() => refuseForeignModule(module, own)).not.toThrow()
  })

  test('should be loaded by the path that was checked, so that a link to it may be exchanged', () => {
    const { own, module, root } = installed()
    const link = join(root, 'link.js')
    symlinkSync(module, link)
    expect(refuseForeignModule(link, own)).toBe(realpathSync(module))
    const inArchive = join(module, 'inside.js')
    expect(refuseForeignModule(inArchive, own)).toBe(inArchive)
  })
})
