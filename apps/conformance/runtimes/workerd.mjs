// Starts a Worker on a free port. workerd reports the port in a separate pipe.
import { spawn } from 'node:child_process'

/** Returns the process and a promise of its port. The promise rejects if the process ends before it listens. */
export function startWorkerd(binary, config, { cwd, env, args = [] } = {}) {
  const all = ['serve', config, '--socket-addr', 'http=127.0.0.1:0', '--control-fd=3', ...args]
  const child = spawn(binary, all, { cwd, env, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  const port = new Promise((resolve, reject) => {
    child.stdio[3].once('data', (line) => resolve(JSON.parse(String(line).split('\n')[0]).port))
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)))
  })
  return { child, port }
}
