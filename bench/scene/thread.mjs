import { parentPort, workerData } from 'node:worker_threads'
import { load } from '../contenders/index.mjs'

const { name, file, records } = workerData
const { open } = await load(name)
const logger = open(file)
parentPort.once('message', () => {
  for (let n = 0; n < records; n += 1) logger.log({ n, user: 'u-1024', path: '/orders' })
  parentPort.postMessage('logged')
})
parentPort.postMessage('ready')
