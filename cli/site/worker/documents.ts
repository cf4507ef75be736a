/**
 * What is open, and who answers which question about it.
 *
 * @module
 */
import type { ByteSource } from "../../../formats/base/byte_source.ts";
import { FormatError } from "../../../formats/base/error.ts";
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

/** See the module's description. */
export class Documents implements Answers {
  private readonly documents: AnyDocument[] = [];
  private files: GivenFiles | undefined = undefined;
  /** Documents of modules that are open, by document and index. */
  private readonly moduleHeads: Map<string, DocumentHead> = new Map();

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
    for (const [i, file] of files.entries()) {
      if (file.isProgram === true) continue;
      heads.push(await this.openOne(file.name, sources[i]!, report));
    }
    return heads;
  }

  private async openOne(
    name: string,
    source: ByteSource,
    report: Progress,
  ): Promise<DocumentHead> {
    const warnings: string[] = [];
    try {
      const document = await recognise(
        name,
        source,
        this.files!,
        warnings,
        report,
      );
      return this.add(name, document, warnings);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const { message } = error;
      return { ...EMPTY_HEAD, name, warnings, error: message };
    }
  }

  private add(
    name: string,
    document: AnyDocument,
    warnings: string[],
  ): DocumentHead {
    const id = this.documents.push(document) - 1;
    const { kind } = document;
    const own = kind === "core" ? document.session.warnings : [];
    return {
      id,
      name,
      kind,
      facts: document.facts(),
      warnings: [...warnings, ...own],
    };
  }

  /** See {@linkcode Calls}. */
  async threads(id: number, report: Progress): Promise<ThreadList> {
    return await this.core(id).threads(report);
  }

  /** See {@linkcode Calls}. */
  async stack(id: number, index: number, limit: number): Promise<StackPart> {
    return await this.core(id).stack(index, limit);
  }

  /** See {@linkcode Calls}. */
  async modules(id: number): Promise<ModuleRow[]> {
    const document = this.documents[id];
    if (document === undefined || document.kind === "binary") return [];
    return await document.modules();
  }

  /** See {@linkcode Calls}. */
  async areas(id: number): Promise<AreaList> {
    return await this.core(id).areas();
  }

  /** See {@linkcode Calls}. */
  async module(id: number, index: number): Promise<DocumentHead> {
    const key = `${id} ${index}`;
    const known = this.moduleHeads.get(key);
    if (known !== undefined) return known;
    const document = this.documents[id] as CoreDocument | CaptureDocument;
    const source = document.moduleSource(index);
    const path = (await document.modules())[index]!.path;
    if (source === undefined) {
      throw new Error(`${path}: there is no file of it`);
    }
    const name = baseName(path);
    const binary = await openBinary(name, source, false);
    const head = this.add(name, binary, []);
    this.moduleHeads.set(key, head);
    return head;
  }

  /** See {@linkcode Calls}. */
  async capture(id: number, report: Progress): Promise<CaptureFacts> {
    return await this.captureOf(id).read(report);
  }

  /** See {@linkcode Calls}. */
  async flames(id: number, selection: FlameSelection): Promise<FlameData> {
    return await this.captureOf(id).flames(selection);
  }

  /** See {@linkcode Calls}. */
  async top(id: number, selection: FlameSelection): Promise<FunctionCount[]> {
    return await this.captureOf(id).top(selection);
  }

  /** See {@linkcode Calls}. */
  async sections(id: number): Promise<SectionRow[]> {
    return await this.binary(id).sections();
  }

  /** See {@linkcode Calls}. */
  async functions(
    id: number,
    query: string,
    from: number,
    count: number,
  ): Promise<Page<FunctionRow>> {
    return await this.binary(id).functions(query, from, count);
  }

  /** See {@linkcode Calls}. */
  async rows(id: number, index: number): Promise<FunctionRows> {
    return await this.binary(id).rows(index);
  }

  /** See {@linkcode Calls}. In a core the address is one of the process. */
  async lookup(id: number, place: string): Promise<LookupText[]> {
    const document = this.documents[id];
    if (document?.kind === "binary") return await document.lookup(place);
    const core = this.core(id);
    const pc = readPlace(place);
    if (pc === undefined) throw new Error("In a core, look for an address");
    const index = core.session.modules.findIndex(({ start, end }) =>
      pc >= start && pc < end
    );
    if (index < 0) {
      return [{
        text: "This address is in no module of the process.",
        functionIndex: undefined,
        document: undefined,
      }];
    }
    await core.session.loadAllTables();
    const { path, bias } = core.session.modules[index]!;
    const head = await this.module(id, index);
    const own = pc - bias;
    const found = await this.binary(head.id).lookup(`0x${own.toString(16)}`);
    const where = `${path}, whose own address is 0x${own.toString(16)}\n`;
    return found.map((one) => ({
      ...one,
      text: where + one.text,
      document: head,
    }));
  }

  private core(id: number): CoreDocument {
    const document = this.documents[id];
    return document?.kind === "core" ? document : refuse();
  }

  private captureOf(id: number): CaptureDocument {
    const document = this.documents[id];
    return document?.kind === "capture" ? document : refuse();
  }

  private binary(id: number): BinaryDocument {
    const document = this.documents[id];
    return document?.kind === "binary" ? document : refuse();
  }
}

function refuse(): never {
  throw new Error("This file is not open, or is none of this kind");
}

const EMPTY_HEAD: DocumentHead = {
  id: -1,
  name: "",
  kind: "other",
  facts: [],
  warnings: [],
};

/** A number in hexadecimal, with or without `0x`. */
function readPlace(text: string): number | undefined {
  const digits = /^\s*(?:0x)?([0-9a-f]{1,16})\s*$/i.exec(text)?.[1];
  return digits === undefined ? undefined : Number(`0x${digits}`);
}
