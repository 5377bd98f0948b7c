// Fails a test if the process reports an unhandled rejection, an uncaught error or a warning.
import { afterAll, expect } from 'vitest'

const EVENTS = ['unhandledRejection', 'uncaughtExceptionMonitor', 'uncaughtException', 'warning'] as const

/**
 * Records the reports of the process during the tests of a file, and fails if there are any.
 *
 * @param ignoredCodes - The codes of warnings that the framework causes.
 */
export function expectQuietProcess(ignoredCodes: readonly string[] = []): void {
  const reports: unknown[] = []
  const record = (report: unknown): void => {
    if (!ignoredCodes.includes(String(Object(report).code))) reports.push(report)
  }
  for (const event of EVENTS) process.on(event, record)
  afterAll(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const event of EVENTS) process.off(event, record)
    expect(reports).toEqual([])
  })
}
