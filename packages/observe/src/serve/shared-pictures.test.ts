import { afterEach, expect, test, vi } from 'vitest'
import { SharedPictures } from './shared-pictures.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('a page that joins should share the picture that is being taken, however long that takes', async () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
  const taken: PromiseWithResolvers<string>[] = []
  const pictures = new SharedPictures(() => {
    const picture = withResolvers<string>()
    taken.push(picture)
    return picture.promise
  })
  const { signal } = new AbortController()
  const [first, second] = [pictures.until(signal), pictures.until(signal)]

  const shown = [first.next()]
  clock.mockReturnValue(60_000)
  shown.push(second.next())
  expect(taken).toHaveLength(1)
  taken[0]!.resolve('one')
  expect(await Promise.all(shown)).toEqual([
    { value: 'one', done: false },
    { value: 'one', done: false },
  ])

  const next = [first.next(), second.next()]
  await vi.waitFor(() => expect(taken).toHaveLength(2), 60_000)
  taken[1]!.resolve('two')
  expect((await Promise.all(next)).map(({ value }) => value)).toEqual(['two', 'two'])
})

test('a picture that fails should fail for the pages that wait for it, and be taken again', async () => {
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(60_000)
  const take = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('no')).mockResolvedValue('one')
  const pictures = new SharedPictures(take)
  const { signal } = new AbortController()

  await expect(pictures.until(signal).next()).rejects.toThrow('no')
  expect((await pictures.until(signal).next()).value).toBe('one')
})

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((given) => (resolve = given))
  return { promise, resolve }
}
