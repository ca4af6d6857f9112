import { parentPort, workerData } from 'node:worker_threads'
import { resize } from '../resize.js'

parentPort.postMessage(resize(workerData.picture))
