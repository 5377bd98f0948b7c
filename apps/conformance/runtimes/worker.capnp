# A Worker as Cloudflare runs it. At this compatibility date a Worker has no `process` and no `node:*`.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "app", worker = .app)],
  sockets = [(name = "http", service = "app")],
);

const app :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-06-01",
  bindings = [(name = "CONFORMANCE_PROFILE", fromEnvironment = "CONFORMANCE_PROFILE")],
);
