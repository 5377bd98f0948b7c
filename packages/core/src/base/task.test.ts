import { describe, expect, it } from 'vitest'
import { type Awaitable, DONE, done, isPending, runTask, type Task, wait } from './task'

function* sum(...values: Awaitable<number>[]): Task<number> {
  let total = 0
  for (const value of values) total += yield* wait(value)
  return total
}

describe('a task', () => {
  it('completes synchronously if it does not wait', () => {
    expect(runTask(sum(1, 2, 3))).toBe(6)
  })

  it('returns a promise if it waits for one, and then continues', async () => {
    const result = runTask(sum(1, Promise.resolve(2), 3, Promise.resolve(4)))
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toBe(10)
  })

  it('waits for any object with a method then, as await does', async () => {
    // biome-ignore lint/suspicious/noThenProperty: queries of database libraries are such objects
    const query = { then: (resolve: (value: number) => void) => resolve(5) } as unknown as Promise<number>
    // biome-ignore lint/suspicious/noThenProperty: some of them are callable
    const callable = Object.assign(() => 0, { then: (resolve: (value: number) => void) => resolve(6) })
    expect(await runTask(sum(query, callable as unknown as Promise<number>))).toBe(11)
    // biome-ignore lint/suspicious/noThenProperty: `then` is not a function here
    expect([null, undefined, 'then', 1, {}, { then: 1 }].map((value) => isPending(value))).toEqual(Array(6).fill(false))
  })

  it('catches synchronous errors and rejections, and runs its finally blocks', async () => {
    const cleaned: string[] = []
    function* catching(value: () => Awaitable<number>): Task<string> {
      try {
        return `${yield* wait(value())}`
      } catch (error) {
        return `caught ${(error as Error).message}`
      } finally {
        cleaned.push('yes')
      }
    }
    const failing = (): never => {
      throw new Error('now')
    }
    expect(runTask(catching(failing))).toBe('caught now')
    expect(await runTask(catching(() => Promise.reject(new Error('later'))))).toBe('caught later')
    expect(cleaned).toEqual(['yes', 'yes'])
  })

  it('throws an uncaught error synchronously before its first wait, and rejects after it', async () => {
    function* failing(first: Awaitable<number>): Task<never> {
      yield* wait(first)
      throw new Error('no')
    }
    expect(() => runTask(failing(1))).toThrow('no')
    await expect(runTask(failing(Promise.resolve(1)))).rejects.toThrow('no')
    await expect(runTask(sum(1, Promise.reject(new Error('not there'))))).rejects.toThrow('not there')
  })

  it('created by done() can run several times', () => {
    const seven = done(7)
    function* twice(): Task<number> {
      yield* DONE
      return (yield* seven) + (yield* seven)
    }
    expect([runTask(twice()), runTask(twice()), runTask(seven), runTask(DONE)]).toEqual([14, 14, 7, undefined])
  })
})
