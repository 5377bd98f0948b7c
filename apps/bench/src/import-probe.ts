// How long it takes to import a package into a new process: `<runtime> import-probe.js <package>` prints milliseconds. It
// runs on Node, Bun and Deno, and names none of them.
const [specifier] = (globalThis as { process?: { argv: string[] } }).process?.argv.slice(2) ?? []
const start = performance.now()
await import(specifier as string)
console.log(performance.now() - start)
