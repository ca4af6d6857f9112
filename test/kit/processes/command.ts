import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { start, type Fixture, type StartOptions } from './fixture.ts'

/** Runs the command `pino-funnel`. */
export function pinoFunnel(...args: string[]): Fixture {
  return pinoFunnelWith({}, ...args)
}

export function pinoFunnelWith(options: StartOptions, ...args: string[]): Fixture {
  const manifest = createRequire(import.meta.url).resolve('pino-funnel/package.json')
  return start(join(dirname(manifest), 'bin', 'pino-funnel.js'), args, options)
}
