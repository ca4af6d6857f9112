import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts the clients: in a process of their own, so that nothing the demo does slows them down. */
export function startLoad(url, seconds) {
  const clients = fork(fileURLToPath(new URL('clients.js', import.meta.url)), [url, String(seconds)])
  const load = {
    responses: 0,
    /** Resolves with the trouble, or with nothing when all is as it should be. */
    ended: new Promise((resolve) => {
      clients.on('exit', (code, signal) => {
        const asTold = code === 0 || signal === 'SIGTERM' || signal === 'SIGINT'
        resolve(asTold ? undefined : `The clients ended with ${signal ?? `exit code ${code}`}`)
      })
    }),
    stop: () => void clients.kill('SIGTERM'),
  }
  clients.on('message', ({ responses }) => (load.responses = responses))
  return load
}
