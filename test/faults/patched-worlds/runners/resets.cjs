// Opens a destination again and again, each time by a new copy of pino-funnel, and never ends one.
const { readdirSync } = require('node:fs')

/** The default of `flushTimeout`, 10 s, can pass on a busy machine before a listener has started. */
const OPTIONS = { file: process.env.LOG_FILE, flushTimeout: 60_000 }

module.exports = function openAgainAndAgain() {
  const held = []
  for (let n = 0; n < 15; n += 1) {
    test(`should log in copy ${n}`, () => {
      jest.resetModules()
      const stream = require('pino-funnel').destination(OPTIONS)
      stream.write(`{"level":30,"n":${n}}\n`)
      held.push(readdirSync('/proc/self/fd').length)
    })
  }
  test('should hold no more open than the first copy does', () => {
    expect(Math.max(...held) - held[0]).toBeLessThan(5)
  })
  test('should flush', (done) => {
    require('pino-funnel').destination(OPTIONS).flush(done)
  })
}
