// Fails a test if the process reports an unhandled rejection, an uncaught error or a warning.
import { afterAll, expect } from 'vitest'

/** Watches the process during all tests of a file, which fail if it reports a problem. */
export function expectQuietProcess(): void {
  const complaints: unknown[] = []
  const complain = (what: unknown): void => void complaints.push(what)
  const names = ['unhandledRejection', 'uncaughtExceptionMonitor', 'uncaughtException', 'warning'] as const
  for (const name of names) process.on(name, complain)
  afterAll(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const name of names) process.off(name, complain)
    expect(complaints).toEqual([])
  })
}
