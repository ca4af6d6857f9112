import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { env, pictures } from '../settings.js'

const resized = await Promise.all(
  pictures.map(async (picture) => {
    const thread = new Worker(new URL('worker.js', import.meta.url), { env, workerData: { picture } })
    const [answer] = await once(thread, 'message')
    return answer
  }),
)
console.log(resized.join(', '))
