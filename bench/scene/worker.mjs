/** A worker, alone or in a cluster: `node worker.mjs <contender> <file>`. */
import { load } from '../contenders/index.mjs'
import { serveTasks } from './control.mjs'
import { tasksOf } from './tasks.mjs'

const [name, file] = process.argv.slice(2)
const { open } = await load(name)
serveTasks(tasksOf(open(file)))
