// With `module: node16` and `node18`, CommonJS cannot import an ES module statically, but can use `import()`.
export async function needsAddress(): Promise<boolean> {
  const { createLoginManager } = await import('@fetch-login/core')
  return createLoginManager({ loadUser: () => null, secrets: 'a secret of the tests, with no value elsewhere' })
    .needsAddress
}
