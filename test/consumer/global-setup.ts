import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { packPackages } from '../../scripts/pack.mjs'
import { run } from './outside.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A project outside the workspace in which the packed packages are installed, with the programs of `app/`. */
    consumerProject: string
  }
}

export default async function installAsAUserWould(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'pino-funnel-consumer-project-'))
  const tarballs = await packPackages(directory)
  await cp(join(import.meta.dirname, 'app'), directory, { recursive: true })
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest(tarballs), null, 2))
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: directory })

  project.provide('consumerProject', directory)
  return () => rm(directory, { recursive: true })
}

/** Only `pino-funnel` is asked for: that it brings the others is part of what is tested. */
function manifest({ 'pino-funnel': pinoFunnel, ...others }: Record<string, string>): object {
  return {
    private: true,
    dependencies: { '@types/node': '20.19.43', pino: '10.4.0', 'pino-funnel': `file:${pinoFunnel}` },
    overrides: Object.fromEntries(Object.entries(others).map(([name, tarball]) => [name, `file:${tarball}`])),
  }
}
