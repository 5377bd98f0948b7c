# Runs the demo as a Worker on this machine. Its user table is a SQLite file under .data/worker.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "demo", worker = .demo),
    (name = "disk", disk = (path = "apps/demo/.data/worker", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:3000", http = (), service = "demo")],
);

const demo :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "dist/worker.js")],
  compatibilityDate = "2026-06-01",
  bindings = [
    (name = "DEMO", durableObjectNamespace = "Demo"),
    (name = "LOGIN_SECRET", fromEnvironment = "LOGIN_SECRET"),
  ],
  durableObjectNamespaces = [(className = "Demo", uniqueKey = "demo", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
);
