import { describe, expect, it } from 'vitest'
import { type Awaitable, DONE, done, isPending, runTask, type Task, wait } from './task'

function* sum(...values: Awaitable<number>[]): Task<number> {
  let all = 0
  for (const value of values) all += yield* wait(value)
  return all
}

describe('steps', () => {
  it('go on at once where nothing waits', () => {
    expect(runTask(sum(1, 2, 3))).toBe(6)
  })

  it('wait where they have to, and only for as long', async () => {
    const result = runTask(sum(1, Promise.resolve(2), 3, Promise.resolve(4)))
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toBe(10)
  })

  it('wait for whatever has a then, as await does', async () => {
    // biome-ignore lint/suspicious/noThenProperty: a query of a database library is such a thing
    const query = { then: (resolve: (value: number) => void) => resolve(5) } as unknown as Promise<number>
    // biome-ignore lint/suspicious/noThenProperty: a callable one
    const callable = Object.assign(() => 0, { then: (resolve: (value: number) => void) => resolve(6) })
    expect(await runTask(sum(query, callable as unknown as Promise<number>))).toBe(11)
    // biome-ignore lint/suspicious/noThenProperty: and this is none
    expect([null, undefined, 'then', 1, {}, { then: 1 }].map((value) => isPending(value))).toEqual(Array(6).fill(false))
  })

  it('see what was thrown where it happens, waiting or not, and clean up', async () => {
    const cleaned: string[] = []
    function* careful(value: () => Awaitable<number>): Task<string> {
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
    expect(runTask(careful(failing))).toBe('caught now')
    expect(await runTask(careful(() => Promise.reject(new Error('later'))))).toBe('caught later')
    expect(cleaned).toEqual(['yes', 'yes'])
  })

  it('throw what nobody catches: at once before they waited, as a rejection after', async () => {
    function* failing(first: Awaitable<number>): Task<never> {
      yield* wait(first)
      throw new Error('no')
    }
    expect(() => runTask(failing(1))).toThrow('no')
    await expect(runTask(failing(Promise.resolve(1)))).rejects.toThrow('no')
    await expect(runTask(sum(1, Promise.reject(new Error('not there'))))).rejects.toThrow('not there')
  })

  it('that are over can be taken by many', () => {
    const seven = done(7)
    function* twice(): Task<number> {
      yield* DONE
      return (yield* seven) + (yield* seven)
    }
    expect([runTask(twice()), runTask(twice()), runTask(seven), runTask(DONE)]).toEqual([14, 14, 7, undefined])
  })
})
