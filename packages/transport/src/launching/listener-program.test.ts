import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { programNear } from './listener-program.ts'

const PROGRAM = '@pino-funnel/listener/dist/main.js'

function project(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-program-')))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

function make(file: string): string {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
  return file
}

test('should find the listener beside this package, as npm installs it', () => {
  const modules = join(project(), 'node_modules')
  const program = make(join(modules, PROGRAM))
  expect(programNear(join(modules, 'pino-funnel/dist/shared.js'))).toBe(program)
})

test('should give the real path, as pnpm installs it: the link may lead to another version later', () => {
  const store = join(project(), 'node_modules/.pnpm')
  const program = make(join(store, 'listener@1/node_modules', PROGRAM))
  const own = join(store, 'pino-funnel@1/node_modules')
  mkdirSync(join(own, '@pino-funnel'), { recursive: true })
  symlinkSync(join(store, 'listener@1/node_modules/@pino-funnel/listener'), join(own, '@pino-funnel/listener'))
  expect(programNear(join(own, 'pino-funnel/dist/shared.js'))).toBe(program)
})

test('should find none for a bundle without packages', () => {
  expect(programNear(join(project(), 'dist/bundle.js'))).toBeUndefined()
})

test('should search nowhere when the file is not known, or only by a relative name', () => {
  const modules = join(project(), 'node_modules')
  make(join(modules, PROGRAM))
  expect(programNear(undefined)).toBeUndefined()
  expect(programNear(relative(process.cwd(), join(modules, 'pino-funnel/dist/shared.js')))).toBeUndefined()
})

test("should search nowhere with Yarn's Plug'n'Play, which knows packages by a table", () => {
  const modules = join(project(), 'node_modules')
  make(join(modules, PROGRAM))
  Object.defineProperty(process.versions, 'pnp', { value: '3', configurable: true })
  onTestFinished(() => void Reflect.deleteProperty(process.versions, 'pnp'))
  expect(programNear(join(modules, 'pino-funnel/dist/shared.js'))).toBeUndefined()
})
