// pm2 start ecosystem.config.cjs: two instances of one app, which log to one file.
const path = require('node:path')

const { LOG_FILE: file = 'logs/app.log' } = process.env

module.exports = {
  apps: [
    {
      name: 'resizer',
      script: path.resolve(__dirname, 'app.js'),
      instances: 2,
      exec_mode: 'cluster',
      env: { PINO_FUNNEL_FILE: path.resolve(file) },
    },
  ],
}
