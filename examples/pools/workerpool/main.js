import { fileURLToPath } from 'node:url'
import workerpool from 'workerpool'
import { env, pictures } from '../settings.js'

const script = fileURLToPath(new URL('worker.js', import.meta.url))
// For threads: { workerType: 'thread', workerThreadOpts: { env } }.
const pool = workerpool.pool(script, { workerType: 'process', forkOpts: { env }, maxWorkers: 2 })

const resized = await Promise.all(pictures.map((picture) => pool.exec('resize', [picture])))
await pool.terminate()
console.log(resized.join(', '))
