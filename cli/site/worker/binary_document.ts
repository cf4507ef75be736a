/**
 * An ELF file or the bytes of an `.sframe` section: its sections, its functions with their rows, what is at an address.
 *
 * @module
 */
import type { ByteSource } from "../../../formats/base/byte_source.ts";
import { FormatError } from "../../../formats/base/error.ts";
import { type ElfFile, ET, openElf } from "../../../formats/elf/mod.ts";
import { statElf } from "../../../kernel/stat/mod.ts";
import type { Io } from "../../io.ts";
import { openLookupFile } from "../../lookup_tables.ts";
import { answerText } from "../../lookup_text.ts";
import { findAddress, readPlace } from "../../place.ts";
import type {
  FunctionRow,
  FunctionRows,
  LookupText,
  Page,
  SectionRow,
} from "../protocol.ts";
import { decompress } from "./decompress.ts";
import { BinaryFunctions } from "./functions.ts";
import { describeSection, machineName, typeName } from "./elf_words.ts";

type LookupFile = Awaited<ReturnType<typeof openLookupFile>>;

/** See the module's description. */
export class BinaryDocument {
  /** What it is. */
  readonly kind = "binary";
  private readonly name: string;
  private readonly io: Io;
  private readonly isRaw: boolean;
  private readonly elf: ElfFile | undefined;
  private readonly known: [string, string][];
  private listed: Promise<BinaryFunctions> | undefined = undefined;
  private lookups: Promise<LookupFile> | undefined = undefined;

  private constructor(
    name: string,
    source: ByteSource,
    elf: ElfFile | undefined,
    facts: [string, string][],
  ) {
    this.name = name;
    this.isRaw = elf === undefined;
    this.elf = elf;
    this.known = facts;
    this.io = ioOver(source);
  }

  /**
   * Opens a binary.
   *
   * @param isRaw Whether it is the bytes of a section.
   * @throws {FormatError} If it is none.
   */
  static async open(
    name: string,
    source: ByteSource,
    isRaw: boolean,
  ): Promise<BinaryDocument> {
    if (isRaw) {
      const facts: [string, string][] = [["Kind", "an .sframe section"]];
      return new BinaryDocument(name, source, undefined, facts);
    }
    const elf = await openElf(source, { decompress });
    return new BinaryDocument(name, source, elf, await describeElf(elf));
  }

  /** What is to be said of it at once. */
  facts(): [string, string][] {
    return this.known;
  }

  /** The sections. */
  async sections(): Promise<SectionRow[]> {
    const sections = await this.elf?.sections() ?? [];
    return sections.filter(({ index }) => index > 0).map(describeSection);
  }

  /** The functions that have `query` in their name or address. */
  async functions(
    query: string,
    from: number,
    count: number,
  ): Promise<Page<FunctionRow>> {
    return (await this.list()).page(query, from, count);
  }

  /** The rows of a function. */
  async rows(index: number): Promise<FunctionRows> {
    return (await this.list()).rows(index);
  }

  /** What is at a place: an address, a function, a function and an offset. */
  async lookup(text: string): Promise<LookupText[]> {
    const options = {
      file: this.name,
      places: [],
      json: false,
      raw: this.isRaw,
      address: 0,
    };
    this.lookups ??= openLookupFile(options, this.io);
    const file = await this.lookups;
    const place = readPlace(text.trim());
    const address = findAddress(place, this.name, file.findSymbol);
    const functions = await this.list();
    return file.find(address, place.name).map((answer) => ({
      text: answerText(answer),
      functionIndex: functions.find(address),
      document: undefined,
    }));
  }

  /** The critical sections of restartable sequences, in words. */
  async criticalSections(): Promise<string> {
    if (this.elf === undefined) return "This is a section by itself.\n";
    const { readElfRseq } = await import("../../../kernel/rseq/mod.ts");
    const { fileText } = await import("../../rseq_text.ts");
    const found = await readElfRseq(this.elf);
    const errors = found.errors.map(({ message }) => `${message}\n`);
    return fileText(this.name, found, false) + errors.join("");
  }

  private list(): Promise<BinaryFunctions> {
    this.listed ??= BinaryFunctions.open(this.name, this.elf, this.io);
    return this.listed;
  }
}

/** All that the command's readers need of the world: one file. */
function ioOver(source: ByteSource): Io {
  const only: Pick<Io, "open"> = { open: () => source };
  return only as Io;
}

async function describeElf(elf: ElfFile): Promise<[string, string][]> {
  const { machine, type, elfClass } = elf.header;
  const facts: [string, string][] = [
    ["Kind", `${typeName(type)}, ${elfClass}-bit`],
    ["Machine", machineName(machine)],
  ];
  const buildId = await elf.buildId();
  if (buildId !== undefined) facts.push(["Build ID", buildId]);
  if (type === ET.REL) return facts;
  try {
    facts.push(...describeTables(await statElf(elf)));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    facts.push(["Tables", error.message]);
  }
  return facts;
}

function describeTables(
  { textSize, ehFrame, sframe }: Awaited<ReturnType<typeof statElf>>,
): [string, string][] {
  const share = (covered: number): string =>
    textSize === 0
      ? "no code"
      : `${(100 * covered / textSize).toFixed(1)} % of the code`;
  const facts: [string, string][] = [[
    "Code",
    `${textSize.toLocaleString("en")} bytes`,
  ]];
  if (ehFrame !== undefined) {
    facts.push([
      ".eh_frame",
      `${ehFrame.functions.toLocaleString("en")} functions, ${
        share(ehFrame.covered)
      }`,
    ]);
  }
  if (sframe !== undefined) {
    facts.push([
      ".sframe",
      `V${sframe.versions.join(", V")}: ${
        sframe.functions.toLocaleString("en")
      } functions, ${sframe.rows.toLocaleString("en")} rows, ${
        share(sframe.covered)
      }`,
    ]);
  }
  return facts;
}
