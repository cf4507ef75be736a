/**
 * What is open, and who answers which question about it.
 *
 * @module
 */
import { formatAddress } from "../../../formats/base/address.ts";
import type { ByteSource } from "../../../formats/base/byte_source.ts";
import { FormatError } from "../../../formats/base/error.ts";
import { readPlace } from "../../place.ts";
import { baseName } from "../../plain_text.ts";
import type {
  AreaList,
  Calls,
  CaptureFacts,
  DocumentHead,
  FlameData,
  FlameSelection,
  FunctionCount,
  FunctionRow,
  FunctionRows,
  InputFile,
  LookupText,
  ModuleRow,
  Page,
  SectionRow,
  StackPart,
  ThreadList,
} from "../protocol.ts";
import type { BinaryDocument } from "./binary_document.ts";
import type { CaptureDocument } from "./capture_document.ts";
import type { CoreDocument } from "./core_document.ts";
import { GivenFiles } from "./files.ts";
import type { Progress } from "./progress.ts";
import { type AnyDocument, openBinary, recognise } from "./recognise.ts";

/** The calls of the page, each with the report of its progress behind its own arguments. */
type Answers = {
  [K in keyof Calls]: (
    ...args: [...Parameters<Calls[K]>, report: Progress]
  ) => Promise<ReturnType<Calls[K]>>;
};

/** Files that hold names for captures and are nothing to be shown. */
const NAME_FILES = /^(?:kallsyms|perf-\d+\.map)$/;

/** See the module's description. */
export class Documents implements Answers {
  private readonly documents: Map<string, AnyDocument> = new Map();
  private files: GivenFiles | undefined = undefined;
  private count = 0;

  /** Opens files. All are known before the first is looked at, so that a core finds the binaries beside it. */
  async open(
    files: InputFile[],
    server: string | undefined,
    report: Progress,
  ): Promise<DocumentHead[]> {
    this.files ??= new GivenFiles(server);
    const sources: ByteSource[] = [];
    for (const file of files) sources.push(await this.files.add(file));
    const heads: DocumentHead[] = [];
    for (const [i, { name, isProgram }] of files.entries()) {
      if (isProgram === true) continue;
      // Numbers count what cannot be opened too: they are the same when all is opened anew.
      const id = `${this.count++}`;
      heads.push(await this.openOne(id, name, sources[i]!, report));
    }
    return heads;
  }

  private async openOne(
    id: string,
    name: string,
    source: ByteSource,
    report: Progress,
  ): Promise<DocumentHead> {
    const warnings: string[] = [];
    const head: DocumentHead = { id, name, kind: "other", facts: [], warnings };
    if (NAME_FILES.test(name)) {
      head.facts.push(["Kind", "names for captures that are opened later"]);
      return head;
    }
    try {
      const files = this.files!;
      const document = await recognise(name, source, files, warnings, report);
      return this.add(head, document);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return { ...head, error: error.message };
    }
  }

  private add(head: DocumentHead, document: AnyDocument): DocumentHead {
    this.documents.set(head.id, document);
    const { kind } = document;
    const own = kind === "core" ? document.session.warnings : [];
    const warnings = [...head.warnings, ...own];
    return { ...head, kind, facts: document.facts(), warnings };
  }

  /** See {@linkcode Calls}. */
  async threads(id: string, report: Progress): Promise<ThreadList> {
    return await this.core(id).threads(report);
  }

  /** See {@linkcode Calls}. */
  async stack(id: string, index: number, limit: number): Promise<StackPart> {
    return await this.core(id).stack(index, limit);
  }

  /** See {@linkcode Calls}. */
  async modules(id: string): Promise<ModuleRow[]> {
    return await this.process(id).modules();
  }

  /** See {@linkcode Calls}. */
  async areas(id: string): Promise<AreaList> {
    return await this.core(id).areas();
  }

  /** See {@linkcode Calls}. */
  async module(id: string, index: number): Promise<DocumentHead> {
    const document = this.process(id);
    const { path } = (await document.modules())[index] ?? refuse();
    const source = document.moduleSource(index);
    if (source === undefined) {
      throw new Error(`${path}: there is no file of it`);
    }
    const name = baseName(path);
    const head: DocumentHead = {
      id: `${id}/${index}`,
      name,
      kind: "binary",
      facts: [],
      warnings: [],
    };
    const known = this.documents.get(head.id);
    return this.add(head, known ?? await openBinary(name, source, false));
  }

  /** See {@linkcode Calls}. */
  async capture(id: string, report: Progress): Promise<CaptureFacts> {
    return await this.captureOf(id).read(report);
  }

  /** See {@linkcode Calls}. The capture is read anew where the worker is a new one. */
  async flames(
    id: string,
    selection: FlameSelection,
    report: Progress,
  ): Promise<FlameData> {
    const capture = this.captureOf(id);
    await capture.read(report);
    return capture.flames(selection);
  }

  /** See {@linkcode Calls}. */
  async top(
    id: string,
    selection: FlameSelection,
    report: Progress,
  ): Promise<FunctionCount[]> {
    const capture = this.captureOf(id);
    await capture.read(report);
    return capture.top(selection);
  }

  /** See {@linkcode Calls}. */
  async sections(id: string): Promise<SectionRow[]> {
    return await (await this.binary(id)).sections();
  }

  /** See {@linkcode Calls}. */
  async functions(
    id: string,
    query: string,
    from: number,
    count: number,
  ): Promise<Page<FunctionRow>> {
    return await (await this.binary(id)).functions(query, from, count);
  }

  /** See {@linkcode Calls}. */
  async rows(id: string, index: number): Promise<FunctionRows> {
    return await (await this.binary(id)).rows(index);
  }

  /** See {@linkcode Calls}. */
  async criticalSections(id: string): Promise<string> {
    return await (await this.binary(id)).criticalSections();
  }

  /** See {@linkcode Calls}. In a core the address is one of the process. */
  async lookup(id: string, place: string): Promise<LookupText[]> {
    return this.documents.get(id)?.kind === "core"
      ? await this.lookUpInCore(id, place)
      : await (await this.binary(id)).lookup(place);
  }

  private async lookUpInCore(id: string, text: string): Promise<LookupText[]> {
    const { session } = this.core(id);
    const pc = readPlace(text.trim()).address;
    if (pc === undefined) {
      throw new Error("In a core look for an address, such as 0x401234");
    }
    const index = session.modules.findIndex(({ start, end }) =>
      pc >= start && pc < end
    );
    if (index < 0) {
      return [{
        text: "This address is in no module of the process.",
        functionIndex: undefined,
        document: undefined,
      }];
    }
    await session.loadAllTables();
    const { path, bias } = session.modules[index]!;
    const document = await this.module(id, index);
    const own = formatAddress(pc - bias);
    const found = await (await this.binary(document.id)).lookup(own);
    const where = `${path}, whose own address is ${own}\n`;
    return found.map((one) => ({ ...one, text: where + one.text, document }));
  }

  private core(id: string): CoreDocument {
    const document = this.documents.get(id);
    return document?.kind === "core" ? document : refuse();
  }

  private captureOf(id: string): CaptureDocument {
    const document = this.documents.get(id);
    return document?.kind === "capture" ? document : refuse();
  }

  /** What has modules. */
  private process(id: string): CoreDocument | CaptureDocument {
    const document = this.documents.get(id);
    return document === undefined || document.kind === "binary"
      ? refuse()
      : document;
  }

  /** A binary; that of a module is opened where the worker is a new one. */
  private async binary(id: string): Promise<BinaryDocument> {
    const [parent, index] = id.split("/");
    if (index !== undefined && !this.documents.has(id)) {
      await this.module(parent!, Number(index));
    }
    const document = this.documents.get(id);
    return document?.kind === "binary" ? document : refuse();
  }
}

function refuse(): never {
  throw new Error("This file is not open, or is none of this kind");
}
