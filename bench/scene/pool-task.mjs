/** The task of a thread of piscina or tinypool. */
import { join } from 'node:path'
import { load } from '../contenders/index.mjs'
import { tasksOf } from './tasks.mjs'

let tasks

export default async function logInPool({ name, logs, records }) {
  tasks ??= load(name).then(({ open }) => tasksOf(open(join(logs, 'app.log'))))
  const { flood } = await tasks
  await flood({ records })
}
