import { poolEnvironment } from 'pino-funnel'

const { LOG_FILE: file = 'logs/app.log' } = process.env

/** The environment of the workers. It names their log file. */
export const env = { ...process.env, ...poolEnvironment({ file }) }

export const pictures = ['harbour.png', 'forest.png', 'street.png', 'market.png']
