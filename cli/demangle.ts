/**
 * Readable names of C++ and Rust symbols, by a package that is loaded when the first mangled name is met.
 *
 * @module
 */

/** Longer names are left alone: nobody reads them, and some would take long. */
const MAX_NAME_SIZE = 16 * 1024;

/** Whether a name looks mangled. */
export function isMangled(name: string): boolean {
  return name.charCodeAt(0) === 0x5f && /^_(Z|R)/.test(name) &&
    name.length <= MAX_NAME_SIZE;
}

/** Loads the package. The function that it gives returns names that it does not understand as they are. */
export async function loadDemangler(): Promise<(name: string) => string> {
  const { demangle_any: demangleAny } = await import("gecko-profiler-demangle");
  return (name) => {
    if (!isMangled(name)) return name;
    try {
      const readable = demangleAny(withoutAbiTag(name));
      // What it cannot read it gives back, in part without the underscore, as if it came from a Mac.
      return readable === "" || name.endsWith(readable)
        ? name
        : describeThunk(name, readable);
    } catch {
      return name; // a trap of the WebAssembly module
    }
  };
}

/**
 * Takes out libstdc++'s `[abi:cxx11]`: version 0.4 of the package reads the tag of a function outside any class as its
 * return type, and then counts every later back reference wrongly.
 */
function withoutAbiTag(name: string): string {
  return name.includes("B5cxx11") ? name.replaceAll("B5cxx11", "") : name;
}

/** Says `non-virtual thunk to ...` as the native tools do. */
function describeThunk(name: string, readable: string): string {
  const inner = /^\{virtual override thunk\((?:\{[^}]*\}, )+([^]*)\)\}(.*)$/
    .exec(readable);
  if (inner === null) return readable;
  const kind = name.startsWith("_ZTh")
    ? "non-virtual thunk to"
    : name.startsWith("_ZTv")
    ? "virtual thunk to"
    : "covariant return thunk to";
  return `${kind} ${inner[1]}${inner[2]}`;
}
