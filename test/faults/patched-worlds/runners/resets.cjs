// Opens a destination again and again, each time by a new copy of pino-funnel, and never ends one.
const { readdirSync } = require('node:fs')

module.exports = function openAgainAndAgain() {
  const held = []
  for (let n = 0; n < 15; n += 1) {
    test(`should log in copy ${n}`, () => {
      jest.resetModules()
      const stream = require('pino-funnel').destination(process.env.LOG_FILE)
      stream.write(`{"level":30,"n":${n}}\n`)
      held.push(readdirSync('/proc/self/fd').length)
    })
  }
  test('should hold no more open than the first copy does', () => {
    expect(Math.max(...held) - held[0]).toBeLessThan(5)
  })
  test('should flush', (done) => {
    require('pino-funnel').destination(process.env.LOG_FILE).flush(done)
  })
}
