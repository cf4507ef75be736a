// deno-lint-ignore-file no-console -- a program for Node
function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
const end = Date.now() + 3000;
let sum = 0;
while (Date.now() < end) {
  sum += fib(20);
  const numbers = [];
  for (let i = 0; i < 3000; i++) numbers.push((i * 7919) % 10007);
  numbers.sort((a, b) => a - b);
  sum += JSON.stringify(numbers.map((x) => ({ x, y: String(x) }))).length;
  sum += /(\d+),(\d+)/.exec(numbers.join(","))[1].length;
}
console.log(sum);
