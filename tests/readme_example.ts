import { backtrace, BlobSource } from "@framewalk/framewalk";

export async function describe(core: File, program: File): Promise<string> {
  const { threads } = await backtrace(new BlobSource(core), {
    executable: new BlobSource(program),
  });
  return threads[0]!.frames
    .map(({ pc, symbol, offset }) => `${pc} ${symbol ?? "??"}+${offset ?? 0}`)
    .join("\n");
}
