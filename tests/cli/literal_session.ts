import {
  FrameBuffer,
  FrameFlag,
  Module,
  type SourceFrame,
  type SymbolName,
} from "../../kernel/mod.ts";
import type { NameSource } from "../../cli/frame_names.ts";

const { EXACT_PC, SIGNAL, UNTRUSTED } = FrameFlag;

/** Two modules with three functions, and how often their names were asked for. */
export class LiteralNames implements NameSource {
  readonly modules: Module[] = [
    new Module("/usr/bin/prog", 0x1000, 0x3000),
    new Module("/usr/lib/libevil\x1b[31m.so", 0x7000, 0x9000),
  ];
  readonly loads: number[] = [];
  readonly asked: number[] = [];

  constructor() {
    this.modules[0]!.bias = 0x1000;
    this.modules[1]!.bias = 0x7000;
  }

  loadSymbols(moduleIndex: number): Promise<void> {
    this.loads.push(moduleIndex);
    return Promise.resolve();
  }

  loadLines(): Promise<void> {
    return Promise.resolve();
  }

  /** In `main`, at 0x110f and there only: two functions inlined into each other, the inner one with a mangled name. */
  linesAt(_: number, address: number): readonly SourceFrame[] {
    if (address !== 0x110f) return [];
    const place = { functionAddress: 0x100, directory: "/src", column: 7 };
    return [
      {
        name: "_ZN5names9nothrow_tC2Ev",
        inlined: true,
        file: "names.h",
        line: 12,
        ...place,
      },
      { name: "helper", inlined: true, file: "/inc/help.h", line: 0, ...place },
      { name: "main", inlined: false, file: "main.cc", line: 40, ...place },
    ];
  }

  symbolAt(_: number, address: number): SymbolName | undefined {
    this.asked.push(address);
    const functions: [number, number, string][] = [
      [0x1100, 0x1200, "main"],
      [0x1200, 0x1210, "_ZN5names9nothrow_tC2Ev"],
      [0x7100, 0x7200, `very_${"long_".repeat(10)}name`],
    ];
    for (const [start, end, name] of functions) {
      if (address >= start && address < end) {
        return { name, offset: address - start };
      }
    }
    return undefined;
  }
}

/** Frames of every kind. */
export function literalFrames(): FrameBuffer {
  const frames = new FrameBuffer(2);
  frames.push(0, -1, EXACT_PC);
  frames.push(0x1110, 0, UNTRUSTED);
  frames.push(0x1200, 0, 0); // behind the last byte of main: the call never returns
  frames.push(0x1200, 0, EXACT_PC); // interrupted at the first byte of the next function
  frames.push(0x8000, 1, SIGNAL | EXACT_PC);
  frames.push(0x7180, 1, 0);
  frames.push(0x1110, 0, UNTRUSTED);
  for (let i = 0; i < frames.count; i++) {
    frames.cfas[i] = 0x7ffc_0000_0000 + i * 16;
    frames.tables[i] = i;
  }
  frames.cfas[6] = NaN;
  frames.tables[6] = 0;
  return frames;
}
