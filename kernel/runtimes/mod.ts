/**
 * Runtimes of user space over the modelled kernel: what the interfaces are like from their users' side. Each is written
 * down as a scenario while it runs.
 *
 * @module
 */
export { BareRuntime, type BareThread } from "./bare_runtime.ts";
export { type AreaMethod, LibC } from "./libc.ts";
export { type LoadedLibrary, Loader, type LoaderCost } from "./loader.ts";
export { Script } from "./script.ts";
export { ThreadLibrary } from "./thread_library.ts";
// What the signatures above name, so that this module can be used on its own.
export type { KernelOptions } from "../model/mod.ts";
export type {
  Action,
  ErrorOutcome,
  FrameOutcome,
  Outcome,
  Scenario,
  ScenarioEvent,
  Value,
} from "../replay/mod.ts";
export type { TextForm } from "../../formats/exterr/mod.ts";
