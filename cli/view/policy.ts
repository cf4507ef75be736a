/**
 * What the page may do, by its own word: run the scripts beside it and read from where it came from, nothing else. No
 * text becomes code; WebAssembly is for readable names and for xz.
 *
 * @module
 */

/** The value of `Content-Security-Policy`. */
export const CONTENT_SECURITY_POLICY: string = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
