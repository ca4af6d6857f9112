import { readLedgers } from '@pino-funnel/test/records'

/** Prints a line each second. */
export function printProgress(directory, load, { killed }, stream) {
  const begin = performance.now()
  const timer = setInterval(() => {
    const second = Math.round((performance.now() - begin) / 1000)
    const listener = directory.listener()
    const columns = [
      `${second} s`.padStart(6),
      `${count(load.responses)} responses`,
      `${count(recordsLogged(directory))} records logged`,
      `killed: ${killed.workers} workers, ${killed.listeners} listeners${stream ? `, ${killed.servers} servers` : ''}`,
      listener ? `listener: pid ${listener.pid}, epoch ${listener.epoch}` : 'no listener right now',
    ]
    console.log(columns.join('   '))
  }, 1000)
  return { stop: () => clearInterval(timer) }
}

function count(number) {
  return number.toLocaleString('en').padStart(7)
}

function recordsLogged(directory) {
  return [...readLedgers(directory.ledgers).values()].reduce((total, records) => total + records, 0)
}
