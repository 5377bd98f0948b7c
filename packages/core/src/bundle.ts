// The build puts the code of index.js and adapter.js into this one file, so that each class exists once. The checks of
// options, the operations and getContext() are here for the entry points jwt and node.
export * from './adapter'
export { getContext } from './auth'
export * from './index'
export * from './options/check'
export * from './request/operations'
