import { Worker } from 'jest-worker'
import { fileURLToPath } from 'node:url'
import { env, pictures } from '../settings.js'

// Do not use forkOptions.env: it would remove the numbers of the workers.
Object.assign(process.env, env)
const script = fileURLToPath(new URL('../resize.js', import.meta.url))
// For threads: enableWorkerThreads: true.
const farm = new Worker(script, { exposedMethods: ['resize'], numWorkers: 2 })

const resized = await Promise.all(pictures.map((picture) => farm.resize(picture)))
await farm.end()
console.log(resized.join(', '))
