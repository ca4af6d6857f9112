import { Worker } from 'jest-worker'
import { fileURLToPath } from 'node:url'
import { env, pictures } from '../settings.js'

// Not by forkOptions.env, which would take the workers' numbers away.
Object.assign(process.env, env)
const script = fileURLToPath(new URL('../resize.js', import.meta.url))
// For threads: enableWorkerThreads: true.
const farm = new Worker(script, { exposedMethods: ['resize'], numWorkers: 2 })

const resized = await Promise.all(pictures.map((picture) => farm.resize(picture)))
await farm.end()
console.log(resized.join(', '))
