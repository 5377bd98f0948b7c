// Tests that ran somewhere else would prove nothing.
if (!('EdgeRuntime' in globalThis)) throw new Error('this is not the edge-runtime environment')
