// What src/context.ts asks of the one Node module core may name. @types/node would
// open all the others, and the point of `types: []` is that there are none.
declare module 'node:async_hooks' {
  export class AsyncLocalStorage<Store> {
    getStore(): Store | undefined
    run<Result>(store: Store, callback: () => Result): Result
  }
}
