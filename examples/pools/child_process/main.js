import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { env, pictures } from '../settings.js'

const script = fileURLToPath(new URL('worker.js', import.meta.url))

const resized = await Promise.all(
  pictures.map(async (picture) => {
    const [answer] = await once(fork(script, [picture], { env }), 'message')
    return answer
  }),
)
console.log(resized.join(', '))
