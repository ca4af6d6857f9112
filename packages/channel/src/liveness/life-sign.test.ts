import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { LifeSign } from './life-sign.ts'
import { proveLife } from './proof.ts'

async function watch(directory: string): Promise<Socket> {
  const evidence = await proveLife(directory, 'life')
  if (evidence.life !== 'alive' || !evidence.socket) throw new Error(`Expected life, and it is ${evidence.life}`)
  return evidence.socket
}

describe('a sign of life', () => {
  test('should end for all watchers, and be dead when it is asked for again, after it is closed', async () => {
    const directory = temporaryDirectory()
    const sign = new LifeSign(directory, 'life')
    const watchers = [await watch(directory), await watch(directory)]
    const ends = watchers.map((socket) => new Promise((resolve) => socket.resume().on('close', resolve)))
    sign.close()
    await Promise.all(ends)
    // The name goes with an ordinary close where it is the one that was bound; in a mailbox it was moved, and stays.
    expect(['dead', 'absent']).toContain((await proveLife(directory, 'life')).life)
    expect(() => sign.close(), 'closing it again').not.toThrow()
  })

  test('should answer a watcher that asks', async () => {
    const directory = temporaryDirectory()
    const sign = new LifeSign(directory, 'life')
    const watcher = await watch(directory)
    const answer = new Promise((resolve) => watcher.once('data', resolve))
    watcher.write('?')
    expect(String(await answer)).toBe('?')
    sign.close()
  })

  test('should go on for the others when one of the watchers leaves', async () => {
    const directory = temporaryDirectory()
    const sign = new LifeSign(directory, 'life')
    const [first, second] = [await watch(directory), await watch(directory)]
    const left = new Promise((resolve) => first.on('close', resolve))
    first.destroy()
    await left
    expect((await proveLife(directory, 'life')).life).toBe('alive')
    const ended = new Promise((resolve) => second.resume().on('close', resolve))
    sign.close()
    await ended
  })
})
