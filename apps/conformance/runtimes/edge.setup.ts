// Verifies the environment, because tests in another one would not prove that core runs on the edge.
if (!('EdgeRuntime' in globalThis)) throw new Error('The environment of the tests must be edge-runtime.')
