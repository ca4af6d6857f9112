import cluster from 'node:cluster'
import { once } from 'node:events'
import { env, pictures } from '../settings.js'

if (cluster.isPrimary) {
  const resized = await Promise.all(
    pictures.map(async (picture) => {
      const [answer] = await once(cluster.fork({ ...env, PICTURE: picture }), 'message')
      return answer
    }),
  )
  console.log(resized.join(', '))
} else {
  const { resize } = await import('../resize.js')
  process.send(resize(process.env.PICTURE), () => cluster.worker.disconnect())
}
