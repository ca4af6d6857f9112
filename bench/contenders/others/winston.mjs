import winston from 'winston'
import DailyRotateFile from 'winston-daily-rotate-file'

export function open(file) {
  const filename = file.replace(/\.log$/, '-%DATE%.log')
  const logger = winston.createLogger({
    format: winston.format.json(),
    transports: [new DailyRotateFile({ filename, datePattern: 'YYYY-MM-DD' })],
  })
  return { log: (record) => logger.info('request completed', record) }
}
