// `@fetch-login/core/node`: for adapters of servers on Node's `http` module (Express, Fastify, connect). There, the
// headers are sent with the first byte that any code writes. The types describe Node's classes, so nothing of Node is
// imported.
export { commitOnHeaders } from './node/commit-on-headers'
export { type NodeFacts, type NodeRequest, nodeRequestView } from './node/request-view'
export { addVary, putHeaders, sendResponse } from './node/send-response'
export { toError } from './node/to-error'
export type { NodeResponse } from './node/write-head-target'
