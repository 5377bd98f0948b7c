// Loaded before a server that tests start: it ends when they do, however they end. Killed too, they let go of this pipe.
import { Socket } from 'node:net'

process.stdin.on('close', () => process.exit()).resume()
// The pipe alone keeps nothing alive.
if (process.stdin instanceof Socket) process.stdin.unref()
