import { Piscina } from 'piscina'
import { fileURLToPath } from 'node:url'
import { env, pictures } from '../settings.js'

const filename = fileURLToPath(new URL('../resize.js', import.meta.url))
const pool = new Piscina({ filename, name: 'resize', env, minThreads: 2, maxThreads: 2 })

const resized = await Promise.all(pictures.map((picture) => pool.run(picture)))
await pool.close()
console.log(resized.join(', '))
