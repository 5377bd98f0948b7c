// Loaded by the servers that tests start. The server exits when its standard input closes, also if the tests are killed.
import { Socket } from 'node:net'

process.stdin.on('close', () => process.exit()).resume()
// The pipe must not keep the process running.
if (process.stdin instanceof Socket) process.stdin.unref()
