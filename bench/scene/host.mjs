/** The process between workers and file, a primary or a parent with pipes: `node host.mjs <contender> <file> <workers>`. */
import cluster from 'node:cluster'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CONTENDERS, load } from '../contenders/index.mjs'

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))
const [name, file, workers] = process.argv.slice(2)
const { serve } = await load(name)
const count = Number(workers)

if (CONTENDERS[name].wiring === 'cluster') {
  serve(cluster, file)
  cluster.setupPrimary({ exec: WORKER, args: [name, file] })
  for (let index = 0; index < count; index += 1) cluster.fork()
} else {
  const shared = {}
  for (let index = 0; index < count; index += 1) {
    serve(spawn(process.execPath, [WORKER, name, file], { stdio: ['ignore', 'pipe', 'inherit'] }), file, shared)
  }
}
