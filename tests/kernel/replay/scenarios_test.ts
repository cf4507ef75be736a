import { assert, assertEquals } from "@std/assert";
import {
  findMismatches,
  type Outcome,
  Replayer,
  type Scenario,
} from "../../../kernel/replay/mod.ts";

const FOLDER = new URL("../../scenarios/", import.meta.url);

const scenarios: [name: string, scenario: Scenario][] = [
  ...Deno.readDirSync(FOLDER),
].map(({ name }) => name)
  .filter((name) => name.endsWith(".json") && !name.includes(".schema."))
  .sort()
  .map((name) => [
    name,
    JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER))),
  ]);

/** Runs a scenario, saving and restoring the kernel in front of each event if asked to. */
async function replay(
  scenario: Scenario,
  withCheckpoints: boolean,
): Promise<Outcome[]> {
  const replayer = new Replayer(scenario);
  const outcomes: Outcome[] = [];
  for (const event of scenario.events) {
    if (withCheckpoints) await replayer.apply({ do: "checkpoint" });
    outcomes.push(await replayer.apply(event));
  }
  return outcomes;
}

for (const [name, scenario] of scenarios) {
  Deno.test(`${name}: ${scenario.title}`, async () => {
    const outcomes = await replay(scenario, false);
    for (const [i, { expect }] of scenario.events.entries()) {
      assert(expect !== undefined, `event ${i + 1} expects nothing`);
      const mismatches = findMismatches(expect, outcomes[i]);
      assertEquals(mismatches, [], `event ${i + 1}`);
      // what was not expected must not come: an expectation names all that there is
      const surplus = Object.keys(outcomes[i]!).filter((key) =>
        !(key in expect)
      );
      assertEquals(surplus, [], `event ${i + 1}`);
    }
  });

  Deno.test(`${name}: a kernel restored before each event does the same`, async () => {
    assertEquals(await replay(scenario, true), await replay(scenario, false));
  });
}
