import log4js from 'log4js'

/** The same call in primary and workers, as the docs of clustering show it. Only the primary opens the file. */
function configure(filename) {
  log4js.addLayout('json', () => (event) => JSON.stringify(event))
  log4js.configure({
    appenders: { file: { type: 'file', filename, layout: { type: 'json' } } },
    categories: { default: { appenders: ['file'], level: 'info' } },
  })
}

export function open(file) {
  configure(file)
  const logger = log4js.getLogger()
  return { log: (record) => logger.info('request completed', record) }
}

export function serve(_cluster, file) {
  configure(file)
}
