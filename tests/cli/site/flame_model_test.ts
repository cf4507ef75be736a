import { assert, assertEquals } from "@std/assert";
import {
  boxColor,
  boxText,
  FlameModel,
} from "../../../cli/site/model/flame_model.ts";
import { packFlames } from "../../../cli/site/model/pack_flames.ts";

type Entry = [name: string, depth: number, start: number, count: number];

/**
 * all  |------------------------| 100
 * main |--------------------|     80
 * a    |---------| b    |---|     40, 20
 * c        |-----|                20
 */
const BOXES: Entry[] = [
  ["all", 0, 0, 100],
  ["main", 1, 0, 80],
  ["a", 2, 0, 40],
  ["b", 2, 60, 20],
  ["c", 3, 20, 20],
];

function model(boxes: readonly Entry[] = BOXES): FlameModel {
  return new FlameModel(packFlames({
    boxes: boxes.map(([name, depth, start, count]) => ({
      entry: { name, module: `/bin/${name}`, kind: depth === 0 ? -1 : 0 },
      depth,
      start,
      count,
    })),
    total: boxes[0]?.[3] ?? 0,
    depth: 4,
    hiddenCount: 0,
  }));
}

function names(of: FlameModel, depth: number, least = 0): string[] {
  return of.visible(depth, least).map(({ box, left, width }) =>
    `${of.data.names[of.data.nameOf[box]!]} ${left} ${width}`
  );
}

Deno.test("visible() gives the boxes of a row with their places", () => {
  const all = model();
  assertEquals(names(all, 0), ["all 0 1"]);
  assertEquals(names(all, 2), ["a 0 0.4", "b 0.6 0.2"]);
  assertEquals(names(all, 2, 0.3), ["a 0 0.4"]);
  assertEquals(names(all, 9), []);
});

Deno.test("visible() shows after a zoom what is inside, and callers as wide as all", () => {
  const zoomed = model();
  zoomed.zoomed = 2;
  assertEquals(names(zoomed, 0), ["all 0 1"]);
  assertEquals(names(zoomed, 1), ["main 0 1"]);
  assertEquals(names(zoomed, 2), ["a 0 1"]);
  assertEquals(names(zoomed, 3), ["c 0.5 0.5"]);
  assert(zoomed.visible(0, 0)[0]!.isBelow);
  zoomed.zoomed = 3;
  assertEquals(names(zoomed, 2), ["b 0 1"]);
  assertEquals(names(zoomed, 3), []);
});

Deno.test("hit() finds the box at a place, none in gaps", () => {
  const all = model();
  assertEquals(all.hit(2, 0.1), 2);
  assertEquals(all.hit(2, 0.4), -1);
  assertEquals(all.hit(2, 0.5), -1);
  assertEquals(all.hit(2, 0.6), 3);
  assertEquals(all.hit(3, 0.1), -1);
  assertEquals(all.hit(7, 0.1), -1);
  all.zoomed = 3;
  assertEquals(all.hit(2, 0.99), 3);
});

Deno.test("parent(), widestChild() and neighbour() move", () => {
  const all = model();
  assertEquals(all.parent(4), 2);
  assertEquals(all.parent(0), -1);
  assertEquals(all.widestChild(1), 2);
  assertEquals(all.widestChild(3), -1);
  assertEquals(all.neighbour(2, 1), 3);
  assertEquals(all.neighbour(3, 1), -1);
  assertEquals(all.neighbour(3, -1), 2);
  all.zoomed = 3;
  assertEquals(all.neighbour(3, -1), -1);
});

Deno.test("find() counts samples of nested finds once", () => {
  const all = model([
    ["all", 0, 0, 100],
    ["f", 1, 0, 50],
    ["g", 2, 0, 40],
    ["f", 3, 10, 10],
    ["f", 1, 50, 25],
  ]);
  assertEquals(all.find("F"), 0.75);
  assertEquals(all.find("g"), 0.4);
  assertEquals(all.find("none"), 0);
  assertEquals(all.find("  "), undefined);
  assertEquals(all.found, undefined);
});

Deno.test("find() takes text as text", () => {
  assertEquals(model().find("("), 0);
  assertEquals(model().find(".*"), 0);
});

Deno.test("FlameModel shows nothing of a graph without samples", () => {
  const none = model([["all", 0, 0, 0]]);
  assertEquals(names(none, 0), []);
  assertEquals(none.find("a"), 0);
  assertEquals(boxText(none.data, 0), "all (/bin/all): 0 samples, 0.00 %");
});

Deno.test("boxText() says function, module, samples and share", () => {
  assertEquals(
    boxText(model().data, 3),
    "b (/bin/b): 20 samples, 20.00 %",
  );
});

Deno.test("boxColor() is the same for a name, and tells kinds and themes apart", () => {
  assertEquals(boxColor("main", 0, true), boxColor("main", 0, true));
  assert(boxColor("main", 0, true) !== boxColor("main", 0, false));
  assert(boxColor("main", 0, true) !== boxColor("main", 1, true));
});
