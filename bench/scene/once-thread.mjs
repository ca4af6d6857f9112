import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { load } from '../contenders/index.mjs'

const { name, logs } = workerData
const { open } = await load(name)
open(join(logs, 'app.log')).log({ n: 0, user: 'u-1024', path: '/orders' })
