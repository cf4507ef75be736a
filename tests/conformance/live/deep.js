// Interpreted and compiled frames above those of node, which wait.
const word = new Int32Array(new SharedArrayBuffer(4));
function deep(depth) {
  if (depth > 0) return deep(depth - 1) + 1;
  return Atomics.wait(word, 0, 0, 1e9).length;
}
for (let i = 0; i < 1e5; i++) Math.hypot(i, i);
deep(30);
