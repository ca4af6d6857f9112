/**
 * How the bench and its workers talk: JSON lines over a Unix socket of the bench's own, since stdout and the cluster's
 * channel are what some contenders log through.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

export const CONTROL = 'PINO_FUNNEL_BENCH_CONTROL'

/** A worker, as the bench sees it. */
class RemoteWorker {
  #socket
  #answers = []
  /** Resolves when its process or thread has gone. */
  gone

  constructor(socket, { pid }) {
    this.#socket = socket
    this.pid = pid
    this.gone = new Promise((resolve) => socket.once('close', resolve))
    void this.gone.then(() => this.#answers.splice(0).forEach((answer) => answer(undefined)))
  }

  /** @returns what the task gives; `undefined` when the worker has gone before it was done */
  ask(task, parameters = {}) {
    if (this.#socket.destroyed) return Promise.resolve()
    this.#socket.write(`${JSON.stringify({ task, parameters })}\n`)
    return new Promise((resolve) => this.#answers.push(resolve))
  }

  onAnswer(answer) {
    this.#answers.shift()?.(answer)
  }

  close() {
    this.#socket.destroy()
  }
}

/** The bench's end. */
export class Control {
  #server = createServer((socket) => this.#onConnection(socket))
  #arrived = []
  #awaited

  async listen(path) {
    this.#server.listen(path)
    await once(this.#server, 'listening')
  }

  /** @returns {Promise<RemoteWorker[]>} all of them, when so many are there */
  arrivals(count) {
    return new Promise((resolve) => {
      this.#awaited = { count, resolve }
      this.#look()
    })
  }

  close() {
    for (const worker of this.#arrived) worker.close()
    this.#server.close()
  }

  #onConnection(socket) {
    socket.on('error', () => {})
    let worker
    createInterface({ input: socket }).on('line', (line) => {
      const message = JSON.parse(line)
      if (worker) worker.onAnswer(message)
      else this.#arrived.push((worker = new RemoteWorker(socket, message)))
      this.#look()
    })
  }

  #look() {
    if (this.#awaited && this.#arrived.length >= this.#awaited.count) this.#awaited.resolve([...this.#arrived])
  }
}

/** The worker's end: does what it is asked for, one after the other. */
export function serveTasks(tasks) {
  const socket = connect(process.env[CONTROL])
  socket.on('error', () => {})
  const answer = (message) => new Promise((done) => socket.write(`${JSON.stringify(message)}\n`, done))
  void answer({ pid: process.pid })
  const perform = async ({ task, parameters }) => answer((await tasks[task](parameters)) ?? null)
  createInterface({ input: socket }).on('line', (line) => void perform(JSON.parse(line)))
  // The bench has gone, or has done with us.
  socket.once('close', () => process.exit())
}
