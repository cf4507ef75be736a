/**
 * Style and script of a flame graph: zoom, search, hover. Without scripts the picture is whole all the same, and a
 * browser shows the titles of its boxes.
 *
 * @module
 */

/** The style sheet. */
export const FLAME_STYLE = `
  text { font: 12px ui-monospace, monospace; fill: #000; pointer-events: none }
  .b rect { stroke: #fff; stroke-width: .3; stroke-opacity: .7 }
  .b:hover rect, .b:focus rect { stroke: #000; stroke-width: 1 }
  .b { cursor: pointer; outline: none }
  .found rect { fill: #e6399b }
  .parent { opacity: .5 }
  .bar { cursor: pointer; pointer-events: auto; text-decoration: underline }
  .hidden { display: none }
`;

/**
 * The script. Every box has its place as `data-s` (samples to its left), `data-c` (samples in it) and `data-d` (its row).
 * A click shows a box over the whole width, with what lies below it; "/" or Control-F searches; Escape goes back.
 */
export const FLAME_SCRIPT = `
(function () {
  var svg = document.documentElement;
  var root = svg.ownerDocument.getElementById("graph");
  var width = Number(root.dataset.w), total = Number(root.dataset.t);
  var boxes = Array.from(root.querySelectorAll(".b")).map(function (node) {
    return { node: node, rect: node.querySelector("rect"), text: node.querySelector("text"),
      s: Number(node.dataset.s), c: Number(node.dataset.c), d: Number(node.dataset.d), name: node.dataset.n };
  });
  var status = document.getElementById("status"), reset = document.getElementById("reset");
  var search = document.getElementById("search"), rest = status.textContent, found = "";
  function fit(box, w) {
    var room = Math.floor((w - 6) / 7.3);
    box.text.textContent = room < 3 ? "" : box.name.length <= room ? box.name : box.name.slice(0, room - 1) + "\\u2026";
  }
  function show(top) {
    var scale = width / top.c;
    boxes.forEach(function (box) {
      var below = box.d < top.d && box.s <= top.s && box.s + box.c >= top.s + top.c;
      var inside = box.d >= top.d && box.s >= top.s && box.s + box.c <= top.s + top.c;
      box.node.classList.toggle("hidden", !below && !inside);
      box.node.classList.toggle("parent", below);
      if (!below && !inside) return;
      var x = below ? 0 : (box.s - top.s) * scale, w = below ? width : box.c * scale;
      box.rect.setAttribute("x", x);
      box.rect.setAttribute("width", Math.max(0, w));
      box.text.setAttribute("x", x + 3);
      fit(box, w);
    });
    reset.classList.toggle("hidden", top.c === total);
  }
  function find(text) {
    found = text;
    var pattern = null;
    try { pattern = text ? new RegExp(text, "i") : null; } catch (e) { pattern = null; }
    boxes.forEach(function (box) {
      box.node.classList.toggle("found", pattern !== null && pattern.test(box.name));
    });
    rest = pattern ? "\\u201c" + text + "\\u201d: " + (100 * covered(pattern) / total).toFixed(1) + "% of samples" : "";
    status.textContent = rest;
  }
  function covered(pattern) {
    var spans = boxes.filter(function (b) { return pattern.test(b.name); })
      .map(function (b) { return [b.s, b.s + b.c]; }).sort(function (a, b) { return a[0] - b[0]; });
    var sum = 0, end = -1;
    spans.forEach(function (s) { if (s[1] > end) { sum += s[1] - Math.max(s[0], end); end = s[1]; } });
    return sum;
  }
  function ask() { var text = prompt("Search for functions (regular expression)", found); if (text !== null) find(text); }
  boxes.forEach(function (box) {
    box.node.addEventListener("click", function () { show(box); });
    box.node.addEventListener("mouseenter", function () { status.textContent = box.node.querySelector("title").textContent; });
    box.node.addEventListener("mouseleave", function () { status.textContent = rest; });
    box.node.addEventListener("focus", function () { status.textContent = box.node.querySelector("title").textContent; });
    box.node.addEventListener("keydown", function (event) { if (event.key === "Enter") show(box); });
  });
  reset.addEventListener("click", function () { show(boxes[0]); });
  search.addEventListener("click", ask);
  search.classList.remove("hidden");
  addEventListener("keydown", function (event) {
    if (event.key === "/" || (event.key === "f" && event.ctrlKey)) { event.preventDefault(); ask(); }
    if (event.key === "Escape") { find(""); show(boxes[0]); }
  });
})();
`;
