/**
 * All ways of logging that are measured. Each is a module `<folder>/<name>.mjs` that exports `open(file)`, which returns
 *
 * - `log(record)`: one log call;
 * - `settle()`, where its docs name a way to wait until everything is handed over;
 *
 * and exports `serve(cluster or child, file)` where the process that starts the workers writes the file for them.
 *
 * A worker imports only its own contender: the cost of the import is measured, too.
 */

/**
 * @typedef {object} Contender
 * @property {'pino' | 'funnel' | 'others'} folder where its module is
 * @property {string} title
 * @property {string} setup how it is set up
 * @property {string[]} packages whose versions count
 * @property {'alone' | 'cluster' | 'pipe'} wiring the process that it puts between the workers and the file: none, the
 *   primary of a cluster, or a parent that reads pipes
 * @property {'shared' | 'per worker' | 'none'} file
 * @property {boolean} [inThreads] whether it can be used in a worker thread
 * @property {boolean} [isDear] whether it is so slow that it gets fewer records
 */

/** @type {Record<string, Contender>} */
export const CONTENDERS = {
  nothing: {
    folder: 'pino',
    title: 'pino into nothing',
    setup: 'the floor: `pino({ write() {} })`',
    packages: ['pino'],
    wiring: 'alone',
    file: 'none',
  },
  memory: {
    folder: 'pino',
    title: 'pino into memory',
    setup: 'each line encoded over the last one: `pino({ write: (line) => memory.write(line) })`',
    packages: ['pino'],
    wiring: 'alone',
    file: 'none',
  },
  sync: {
    folder: 'pino',
    title: 'pino.destination, sync',
    setup: '`pino.destination({ dest, sync: true })`, one file for all',
    packages: ['pino'],
    wiring: 'alone',
    file: 'shared',
    inThreads: true,
  },
  async: {
    folder: 'pino',
    title: 'pino.destination, async',
    setup: '`pino.destination({ dest, sync: false, minLength: 4096 })`, one file for all',
    packages: ['pino'],
    wiring: 'alone',
    file: 'shared',
    inThreads: true,
  },
  transport: {
    folder: 'pino',
    title: 'pino.transport, pino/file',
    setup: "`pino.transport({ target: 'pino/file', options: { destination } })`, one file for all",
    packages: ['pino'],
    wiring: 'alone',
    file: 'shared',
    inThreads: true,
  },
  roll: {
    folder: 'pino',
    title: 'pino-roll',
    setup:
      "`pino.transport({ target: 'pino-roll', options: { file, frequency: 'daily', mkdir: true } })`, a file per worker",
    packages: ['pino', 'pino-roll'],
    wiring: 'alone',
    file: 'per worker',
    inThreads: true,
  },
  log4js: {
    folder: 'others',
    title: 'log4js, cluster',
    setup: 'a file appender with a JSON layout, in cluster mode: the primary writes',
    packages: ['log4js'],
    wiring: 'cluster',
    file: 'shared',
    isDear: true,
  },
  winston: {
    folder: 'others',
    title: 'winston, daily-rotate-file',
    setup: 'JSON, `new DailyRotateFile({ filename, datePattern })`, a file per worker',
    packages: ['winston', 'winston-daily-rotate-file'],
    wiring: 'alone',
    file: 'per worker',
    inThreads: true,
    isDear: true,
  },
  send: {
    folder: 'pino',
    title: 'process.send, pino',
    setup: 'pino in cluster workers, each line by `process.send`; the primary writes with `pino.destination`, async',
    packages: ['pino'],
    wiring: 'cluster',
    file: 'shared',
    isDear: true,
  },
  pipe: {
    folder: 'pino',
    title: 'stdout to the parent',
    setup: 'pino to stdout, a pipe to the parent, which appends whole lines with `pino.destination`, async',
    packages: ['pino'],
    wiring: 'pipe',
    file: 'shared',
    inThreads: true,
  },
  funnel: {
    folder: 'funnel',
    title: 'pino-funnel',
    setup: '`destination({ file })`: default options, one file for all',
    packages: ['pino', 'pino-funnel'],
    wiring: 'alone',
    file: 'shared',
    inThreads: true,
  },
  'funnel-plain': {
    folder: 'funnel',
    title: 'pino-funnel, plain',
    setup: "`destination({ file, mmap: 'never' })`: as where there is no native binary",
    packages: ['pino', 'pino-funnel'],
    wiring: 'alone',
    file: 'shared',
    inThreads: true,
  },
  'funnel-transport': {
    folder: 'funnel',
    title: 'pino-funnel, transport',
    setup: "`pino.transport({ target: 'pino-funnel', options: { file } })`",
    packages: ['pino', 'pino-funnel'],
    wiring: 'alone',
    file: 'shared',
    inThreads: true,
  },
}

export const FLOOR = 'nothing'
/** The floor for contenders that have copied a line out of V8's memory when the call returns. */
export const COPY = 'memory'
export const PEER = 'sync'
export const OURS = 'funnel'

/** @returns {Promise<{ open: Function, serve?: Function }>} */
export function load(name) {
  return import(/* @vite-ignore */ `./${CONTENDERS[name].folder}/${name}.mjs`)
}
