/**
 * `framewalk verify`: whether SFrame sections keep the rules of the format, and say what `.eh_frame` says.
 *
 * @module
 */
import { BytesSource } from "../formats/base/byte_source.ts";
import { FormatError } from "../formats/base/error.ts";
import {
  type ElfFile,
  ET,
  isElf,
  openElf,
  openSymbols,
} from "../formats/elf/mod.ts";
import { openSFrameSections, verifySFrame } from "../formats/sframe/mod.ts";
import {
  openElfTables,
  placeOf,
  verifyMeaning,
} from "../kernel/convert/mod.ts";
import { embeddingAddress } from "./convert.ts";
import { InputError, type Io } from "./io.ts";
import { printable } from "./plain_text.ts";
import { errorRecord, readFile } from "./report.ts";
import {
  parseVerifyOptions,
  type VerifyCommandOptions,
} from "./verify_options.ts";
import { type Checked, describeChecked, recordChecked } from "./verify_text.ts";

/**
 * Runs `framewalk verify`.
 *
 * @returns The exit code: 0; 1 if an input cannot be read; 3 if something was found.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runVerify(args: string[], io: Io): Promise<number> {
  const options = await parseVerifyOptions(args);
  const encoder = new TextEncoder();
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(encoder.encode(HELP.verify!));
    return 0;
  }
  let code = 0;
  const records: unknown[] = [];
  for (const file of options.files) {
    try {
      const checked = await check(file, options, io);
      if (hasFindings(checked) && code === 0) code = 3;
      if (options.json) records.push(recordChecked(checked));
      else io.stdout.write(encoder.encode(describeChecked(checked, options)));
    } catch (error) {
      const isInput = error instanceof InputError;
      if (!isInput && !(error instanceof FormatError)) throw error;
      code = 1;
      if (options.json) records.push({ file, error: errorRecord(error) });
      else {
        const where = isInput ? "" : `${file}: `;
        io.stderr.write(
          encoder.encode(`framewalk: ${printable(where + error.message)}\n`),
        );
      }
    }
  }
  if (options.json) {
    const text = JSON.stringify({ files: records });
    io.stdout.write(encoder.encode(`${text}\n`));
  }
  return code;
}

/** What is merely unusual is shown, but does not make the input wrong. */
function hasFindings({ structure, meanings }: Checked): boolean {
  return structure.some(({ severity }) => severity !== "warning") ||
    meanings.some(({ findings }) => findings.length > 0);
}

async function check(
  file: string,
  options: VerifyCommandOptions,
  io: Io,
): Promise<Checked> {
  const bytes = await readFile(file, io);
  if (isElf(bytes)) return await checkElf(file, bytes, options, io);
  const { address, kernel } = options;
  return {
    file,
    address,
    size: bytes.length,
    structure: verifySFrame(bytes, address, { kernel }),
    meanings: [],
    why: "a section alone has no .eh_frame",
    nameOf: () => undefined,
  };
}

async function checkElf(
  file: string,
  bytes: Uint8Array,
  options: VerifyCommandOptions,
  io: Io,
): Promise<Checked> {
  const elf = await openElf(new BytesSource(bytes));
  const { kernel } = options;
  if (elf.header.type === ET.REL) {
    throw new InputError(
      `${file}: not linked yet, so its functions have no addresses`,
    );
  }
  const tables = await openElfTables(elf);
  const section = options.section === undefined ? tables.sframe : {
    bytes: await readFile(options.section, io),
    address: options.address || tables.sframe?.address ||
      await embeddingAddress(elf) || placeOf(elf, tables),
  };
  if (section === undefined) {
    throw new InputError(`${file}: no section .sframe in it`);
  }
  const checked: Checked = {
    file,
    address: section.address,
    size: section.bytes.length,
    structure: verifySFrame(section.bytes, section.address, { kernel }),
    meanings: [],
    why: tables.ehFrame === undefined ? "the file has no .eh_frame" : undefined,
    nameOf: await symbolNames(elf),
  };
  const { ehFrame } = tables;
  if (ehFrame !== undefined) {
    for (const offset of sectionOffsets(section.bytes, section.address)) {
      const meaning = verifyMeaning(section.bytes, section.address, ehFrame, {
        offset,
      });
      checked.meanings.push(meaning);
    }
  }
  return checked;
}

/** Where the headers of sections are that follow each other. */
function sectionOffsets(bytes: Uint8Array, address: number): number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const { size } of openSFrameSections(bytes, address).tables) {
    while (bytes[offset] === 0) offset++;
    offsets.push(offset);
    offset += size;
  }
  return offsets;
}

async function symbolNames(
  elf: ElfFile,
): Promise<(address: number) => string | undefined> {
  try {
    const symbols = await openSymbols(elf, ".symtab") ??
      await openSymbols(elf, ".dynsym");
    return (address) => {
      const index = symbols?.find(address) ?? -1;
      return index < 0 ? undefined : symbols!.name(index);
    };
  } catch (error) {
    elf.warn(error);
    return () => undefined;
  }
}
