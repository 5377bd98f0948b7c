// What index.js and adapter.js share when they are built: one file, so that there is one class of each kind and one import.
export * from './adapter'
export * from './index'
