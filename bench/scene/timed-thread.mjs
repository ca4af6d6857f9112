import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { load } from '../contenders/index.mjs'
import { tasksOf } from './tasks.mjs'

const WARM_UP = 10_000

const { name, logs, records } = workerData
const { open } = await load(name)
const { flood, timed } = tasksOf(open(join(logs, 'app.log')))
await flood({ records: WARM_UP })
parentPort.postMessage(await timed({ records, body: 0 }))
