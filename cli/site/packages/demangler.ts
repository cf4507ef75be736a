/**
 * The demangler's WebAssembly, loaded as pages have to: browsers do not import it as a module.
 *
 * @module
 */
import * as glue from "gecko-profiler-demangle/index_bg.js";

/** What the package's own entry exports. */
export { demangle_any } from "gecko-profiler-demangle/index_bg.js";

const { __wbg_set_wasm: connect, ...imports } = glue;
const { instance } = await WebAssembly.instantiateStreaming(
  fetch(new URL("./demangler.wasm", self.location.href)),
  { "./index_bg.js": imports as unknown as WebAssembly.ModuleImports },
);
connect(instance.exports);
(instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
