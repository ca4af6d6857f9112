import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts the clients in a process of their own, so that the demo does not slow them down. */
export function startLoad(url, seconds) {
  const clients = fork(fileURLToPath(new URL('clients.js', import.meta.url)), [url, String(seconds)])
  const load = {
    responses: 0,
    /** Resolves with an error message, or with `undefined` when the clients have ended as asked. */
    ended: new Promise((resolve) => {
      clients.on('exit', (code, signal) => {
        const asAsked = code === 0 || signal === 'SIGTERM' || signal === 'SIGINT'
        resolve(asAsked ? undefined : `The clients ended with ${signal ?? `exit code ${code}`}`)
      })
    }),
    stop: () => void clients.kill('SIGTERM'),
  }
  clients.on('message', ({ responses }) => (load.responses = responses))
  return load
}
