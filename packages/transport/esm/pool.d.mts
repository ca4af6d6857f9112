import pool = require('../dist/pool/index.js')

export import logger = pool.logger
export import taskLogger = pool.taskLogger
