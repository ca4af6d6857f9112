/** A worker: `node worker.mjs <contender> <file>`. As a main program, in a cluster, or as a thread. */
import { load } from '../contenders/index.mjs'
import { serveTasks } from './control.mjs'
import { tasksOf } from './tasks.mjs'

const [name, file] = process.argv.slice(2)
const { open } = await load(name)
serveTasks(tasksOf(open(file)))
