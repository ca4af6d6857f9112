/**
 * How the bench and its workers talk: JSON lines over a Unix socket of the bench. Some contenders log through stdout or
 * the channel of the cluster, so neither can be used.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

export const CONTROL = 'PINO_FUNNEL_BENCH_CONTROL'

/** A worker, as the bench sees it. */
class RemoteWorker {
  #socket
  #answers = []
  /** Resolves when its process or thread has ended. */
  gone

  constructor(socket, { pid }) {
    this.#socket = socket
    this.pid = pid
    this.gone = new Promise((resolve) => socket.once('close', resolve))
    void this.gone.then(() => this.#answers.splice(0).forEach((answer) => answer(undefined)))
  }

  /** @returns the result of the task; `undefined` when the worker ends before that */
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

/** The end of the bench. */
export class Control {
  #server = createServer((socket) => this.#onConnection(socket))
  #arrived = []
  #awaited

  async listen(path) {
    this.#server.listen(path)
    await once(this.#server, 'listening')
  }

  /** @returns {Promise<RemoteWorker[]>} all workers, when `count` have connected */
  arrivals(count) {
    return new Promise((resolve) => {
      this.#awaited = { count, resolve }
      this.#checkArrivals()
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
      this.#checkArrivals()
    })
  }

  #checkArrivals() {
    if (this.#awaited && this.#arrived.length >= this.#awaited.count) this.#awaited.resolve([...this.#arrived])
  }
}

/** The end of the worker: performs the tasks one after the other. */
export function serveTasks(tasks) {
  const socket = connect(process.env[CONTROL])
  socket.on('error', () => {})
  const answer = (message) => new Promise((done) => socket.write(`${JSON.stringify(message)}\n`, done))
  void answer({ pid: process.pid })
  const perform = async ({ task, parameters }) => answer((await tasks[task](parameters)) ?? null)
  createInterface({ input: socket }).on('line', (line) => void perform(JSON.parse(line)))
  // The bench has ended, or no longer needs this worker.
  socket.once('close', () => process.exit())
}
