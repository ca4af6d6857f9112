/** Worlds that applications, tests and their tools make of Node.js, by name: what each replaces for everybody. */
const childProcess = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const FakeTimers = require('@sinonjs/fake-timers')

const methodsOf = (object) => Object.keys(object).filter((name) => typeof object[name] === 'function')
/** Without constructors: programs use them with `new` and `instanceof`, not as calls. */
const callsOf = (object) => methodsOf(object).filter((name) => /^[a-z]/.test(name))

module.exports = {
  'as Node.js made it': () => {},

  'fake timers of sinon': () => FakeTimers.install(),

  'fake timers of sinon, all there are': () => {
    FakeTimers.install({
      toFake: Object.keys(FakeTimers.timers).filter((name) => name in globalThis || inProcess(name)),
    })
  },

  'fake timers of sinon, as sinon wraps them': () => require('sinon').useFakeTimers({ now: 0 }),

  'a frozen Date': () => require('mockdate').set('2001-01-01'),

  'graceful-fs': () => require('graceful-fs').gracefulify(fs),

  'memfs in the place of fs': () => {
    const { vol } = require('memfs')
    for (const name of callsOf(fs)) if (typeof vol[name] === 'function') fs[name] = vol[name].bind(vol)
  },

  'an fs that refuses everything': () => refuse(fs),

  'sockets and processes that refuse everything': () => {
    refuse(net)
    refuse(childProcess)
    net.Socket.prototype.connect = refusal('connect')
    net.Server.prototype.listen = refusal('listen')
  },

  'zone.js': () => require('zone.js/node'),

  'an instrumentation that wraps fs, net and child_process': () => {
    const { wrap } = require('shimmer')
    const traced = (original) =>
      function (...args) {
        return original.apply(this, args)
      }
    for (const module of [fs, net, childProcess]) for (const name of callsOf(module)) wrap(module, name, traced)
    wrap(net.Socket.prototype, 'connect', traced)
    wrap(net.Server.prototype, 'listen', traced)
    wrap(childProcess.ChildProcess.prototype, 'spawn', traced)
  },

  'modules wrapped by require-in-the-middle': () => {
    const { Hook } = require('require-in-the-middle')
    const hook = new Hook(['fs', 'net', 'child_process'], (exported) => new Proxy(exported, {}))
    process.once('exit', () => hook.unhook())
  },

  OpenTelemetry: () => {
    const { registerInstrumentations } = require('@opentelemetry/instrumentation')
    const { FsInstrumentation } = require('@opentelemetry/instrumentation-fs')
    const { NetInstrumentation } = require('@opentelemetry/instrumentation-net')
    registerInstrumentations({ instrumentations: [new FsInstrumentation(), new NetInstrumentation()] })
    // The patch comes with the next require.
    for (const name of ['node:fs', 'node:net']) require(name)
  },
}

const inProcess = (name) => ['nextTick', 'hrtime'].includes(name)

function refusal(name) {
  return () => {
    throw new Error(`${name} was called in a world that has none`)
  }
}

function refuse(module) {
  for (const name of callsOf(module)) module[name] = refusal(name)
}
