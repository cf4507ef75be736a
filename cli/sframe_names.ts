/**
 * Names of the functions of a section.
 *
 * @module
 */
import { openSymbols, STT, type SymbolTable } from "../formats/elf/mod.ts";
import type { SFrameInput } from "./sframe_input.ts";

/** Names one function. */
export type NameFunction = (
  fieldOffset: number,
  startAddress: number,
) => string | undefined;

/**
 * Makes what names the functions of a section by its file's symbols: `name`, or `name+0x10` where a function starts
 * inside a symbol. `undefined` if there are no symbols.
 *
 * The function that comes out takes the offset of a start field in the bytes and the address that it gives: relocatable
 * objects are named by the first, as all their sections start at address 0.
 */
export async function openNames(
  { elf, targets }: SFrameInput,
): Promise<NameFunction | undefined> {
  if (elf === undefined) return undefined;
  const symbols = await openSymbols(elf, ".symtab") ??
    await openSymbols(elf, ".dynsym");
  if (symbols === undefined) return undefined;
  if (targets !== undefined) return nameByTarget(symbols, targets);
  return (_, address) => {
    const symbol = symbols.find(address);
    const name = symbol < 0 ? "" : symbols.name(symbol);
    if (name === "") return undefined;
    const distance = address - symbols.start(symbol);
    return distance === 0 ? name : `${name}+0x${distance.toString(16)}`;
  };
}

function nameByTarget(
  symbols: SymbolTable,
  targets: NonNullable<SFrameInput["targets"]>,
): NameFunction {
  const names = new Map<string, string>();
  for (let i = 1; i < symbols.count; i++) {
    const type = symbols.type(i);
    if (type !== STT.FUNC && type !== STT.NOTYPE) continue;
    const key = `${symbols.sectionIndex(i)}:${symbols.start(i)}`;
    if (type === STT.FUNC || !names.has(key)) {
      const name = symbols.name(i);
      if (name !== "") names.set(key, name);
    }
  }
  return (fieldOffset) => {
    const target = targets.get(fieldOffset);
    if (target === undefined) return undefined;
    return names.get(`${target.sectionIndex}:${target.offset}`);
  };
}
