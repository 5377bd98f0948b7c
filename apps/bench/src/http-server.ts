// The process of one server of the HTTP stage. Its parent hears the port, and how much processor time was used so far.
import { createBenchManager } from './contestants/login-manager'
import type { Reply } from './server-in-child'
import { type App, type Framework, SERVERS } from './servers'

const [framework, app, cacheBytes] = process.argv.slice(2)

process.on('message', () => reply({ cpuMicros: cpuMicros() }))
process.on('disconnect', () => process.exit())
reply({ port: await SERVERS[framework as Framework][app as App](createBenchManager(Number(cacheBytes))) })

function reply(what: Reply): void {
  process.send?.(what)
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
