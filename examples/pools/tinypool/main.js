import { fileURLToPath } from 'node:url'
import Tinypool from 'tinypool'
import { env, pictures } from '../settings.js'

const filename = fileURLToPath(new URL('../resize.js', import.meta.url))
// It works the same with runtime: 'worker_threads'.
const pool = new Tinypool({ filename, name: 'resize', env, runtime: 'child_process', minThreads: 2, maxThreads: 2 })

const resized = await Promise.all(pictures.map((picture) => pool.run(picture)))
await pool.destroy()
console.log(resized.join(', '))
