/**
 * Style and script of a flame graph: zoom, search, hover, keys. Without scripts the picture is whole all the same, and a
 * browser shows the titles of its boxes.
 *
 * @module
 */

/** The style sheet. Colours are told for everything, so that a dark page changes nothing. */
export const FLAME_STYLE = `
  text { font: 12px ui-monospace, monospace; fill: #000; pointer-events: none }
  .head { font-weight: bold }
  .b rect { stroke: #fff; stroke-width: .3; stroke-opacity: .7 }
  .b:hover rect, .b:focus rect { stroke: #000; stroke-width: 1.5; stroke-opacity: 1 }
  .b { cursor: pointer; outline: none }
  .found rect { fill: #e6399b }
  .parent { opacity: .5 }
  .bar { cursor: pointer; pointer-events: auto; text-decoration: underline }
  .hidden { display: none }
  input { box-sizing: border-box; width: 100%; height: 24px; font: 12px ui-monospace, monospace;
    color: #000; background: #fff; border: 1px solid #888; border-radius: 3px; padding: 0 6px }
  input.wrong { border-color: #c00; background: #fee }
`;

/**
 * The script. Every box has its place as `data-s` (samples to its left), `data-c` (samples in it) and `data-d` (rows below
 * it). A click or Enter shows a box over the whole width, with what lies above it; arrows go from box to box; "/" or
 * Control-F goes to the search; Escape goes back.
 */
export const FLAME_SCRIPT = `
(function () {
  var graph = document.getElementById("graph"), status = document.getElementById("status");
  var reset = document.getElementById("reset"), search = document.getElementById("search");
  var input = search.firstElementChild, width = Number(graph.dataset.w), up = Number(graph.dataset.up);
  var boxOf = new Map(), rest = "";
  var boxes = Array.from(graph.children).map(function (node, index) {
    var data = node.dataset;
    var box = { node: node, rect: node.children[1], text: node.children[2], title: node.firstChild.textContent,
      s: Number(data.s), c: Number(data.c), d: Number(data.d), name: data.n, shown: true };
    node.setAttribute("tabindex", index === 0 ? "0" : "-1");
    boxOf.set(node, box);
    return box;
  });
  var all = boxes[0], top = all;
  function holds(outer, inner) { return outer.s <= inner.s && inner.s + inner.c <= outer.s + outer.c; }
  function shorten(name, w) {
    var room = Math.floor((w - 6) / 7.3);
    return room < 3 ? "" : name.length <= room ? name : name.slice(0, room - 1).replace(/[\\ud800-\\udbff]$/, "") + "\\u2026";
  }
  function show(box) {
    top = box;
    var scale = box.c === 0 ? 0 : width / box.c;
    boxes.forEach(function (one) {
      var below = one.d < box.d && holds(one, box), inside = one.d >= box.d && holds(box, one);
      one.shown = below || inside;
      one.node.classList.toggle("hidden", !one.shown);
      one.node.classList.toggle("parent", below);
      if (!one.shown) return;
      var x = below ? 0 : (one.s - box.s) * scale, w = below || one === box ? width : one.c * scale;
      one.rect.setAttribute("x", x);
      one.rect.setAttribute("width", w);
      one.text.setAttribute("x", x + 3);
      one.text.textContent = shorten(one.name, w);
    });
    reset.classList.toggle("hidden", box === all);
  }
  function find(text) {
    var pattern = null;
    input.classList.remove("wrong");
    try { if (text !== "") pattern = new RegExp(text, "i"); } catch (error) { input.classList.add("wrong"); }
    var end = -1, sum = 0;
    boxes.filter(function (box) {
      var isFound = pattern !== null && box !== all && pattern.test(box.name);
      box.node.classList.toggle("found", isFound);
      return isFound;
    }).sort(function (a, b) { return a.s - b.s || b.c - a.c; }).forEach(function (box) {
      if (box.s + box.c <= end) return;
      sum += box.s + box.c - Math.max(box.s, end);
      end = box.s + box.c;
    });
    rest = pattern === null ? "" : "Found in " + graph.dataset.least + sum + " samples, " + (all.c === 0 ? 0 : 100 * sum / all.c).toFixed(2) + "%";
    status.textContent = input.classList.contains("wrong") ? "This is no regular expression" : rest;
  }
  function boxAt(event) { return boxOf.get(event.target.closest && event.target.closest(".b")); }
  function tell(event) { var box = boxAt(event); if (box) status.textContent = box.title; }
  function forget() { status.textContent = rest; }
  function neighbour(box, key) {
    var step = key === "ArrowUp" ? up : key === "ArrowDown" ? -up : 0;
    var others = boxes.filter(function (one) {
      if (!one.shown || one.d !== box.d + step || one === box) return false;
      return step > 0 ? holds(box, one) : step < 0 ? holds(one, box) : key === "ArrowLeft" ? one.s < box.s : one.s > box.s;
    });
    return others.sort(function (a, b) {
      return step > 0 ? b.c - a.c : Math.abs(a.s - box.s) - Math.abs(b.s - box.s);
    })[0];
  }
  function move(box, to) {
    box.node.setAttribute("tabindex", "-1");
    to.node.setAttribute("tabindex", "0");
    to.node.focus();
  }
  graph.addEventListener("click", function (event) { var box = boxAt(event); if (box) show(box); });
  graph.addEventListener("mouseover", tell);
  graph.addEventListener("mouseout", forget);
  graph.addEventListener("focusin", tell);
  graph.addEventListener("focusout", forget);
  graph.addEventListener("keydown", function (event) {
    var box = boxAt(event);
    if (!box) return;
    if (event.key === "Enter") show(box);
    else if (event.key.startsWith("Arrow")) {
      var to = neighbour(box, event.key);
      if (to) move(box, to);
      event.preventDefault();
    }
  });
  reset.addEventListener("click", function () { show(all); });
  reset.addEventListener("keydown", function (event) { if (event.key === "Enter") show(all); });
  input.addEventListener("input", function () { find(input.value); });
  addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      if (input.value !== "") { input.value = ""; find(""); } else show(all);
    } else if (event.target !== input && (event.key === "/" || (event.key === "f" && event.ctrlKey))) {
      event.preventDefault();
      input.focus();
    }
  });
  search.classList.remove("hidden");
})();
`;
