// For `module: node16` and `node18`, which refuse a static import of an ES module in CommonJS: `import()` is allowed.
export async function needsAddress(): Promise<boolean> {
  const { createLoginManager } = await import('@fetch-login/core')
  return createLoginManager({ loadUser: () => null, secrets: 'a secret of the tests, with no value elsewhere' })
    .needsAddress
}
