// `<runtime> import-probe.js <package>` prints the milliseconds of an import in a new process, on Node, Bun and Deno.
const [specifier] = (globalThis as { process?: { argv: string[] } }).process?.argv.slice(2) ?? []
const start = performance.now()
await import(specifier as string)
console.log(performance.now() - start)
