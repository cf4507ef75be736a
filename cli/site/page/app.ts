/**
 * The whole page: the bar at the top, the list of what is open, the view of one of them.
 *
 * @module
 */
import type { DocumentHead, InputFile } from "../protocol.ts";
import { button, fill, h, message } from "./dom.ts";
import { documentView, type OpenModule } from "./document_view.ts";
import { Engine } from "./engine.ts";
import { helpDialog } from "./help_dialog.ts";
import { ProgressBar } from "./progress_bar.ts";
import { themeButton } from "./theme.ts";

/** See the module's description. */
export class App {
  /** All of it. */
  readonly element: HTMLElement;
  private readonly engine: Engine;
  private readonly heads: DocumentHead[] = [];
  private readonly views: Map<DocumentHead, HTMLElement> = new Map();
  private readonly list: HTMLElement;
  private readonly main: HTMLElement;
  private readonly picker: HTMLInputElement;
  private readonly help: HTMLDialogElement = helpDialog();

  /** `server` is the address of the local server, if there is one. */
  constructor(server: string | undefined) {
    const bar = new ProgressBar(() => this.engine.cancel());
    this.engine = new Engine(
      server,
      (progress, text) => bar.show(progress, text),
    );
    this.picker = h("input", {
      type: "file",
      multiple: true,
      class: "hidden",
      "aria-label": "Files to open",
      onchange: () => this.take(this.picker.files),
    });
    this.list = h("nav", { class: "documents", "aria-label": "Open files" });
    this.main = h("main", {}, this.welcome());
    this.element = h(
      "div",
      { class: "app" },
      h(
        "header",
        {},
        h("h1", {}, "framewalk"),
        button("Open…", () => this.picker.click(), { class: "open" }),
        this.picker,
        h("span", { class: "space" }),
        button("?", () => this.help.showModal(), {
          class: "quiet",
          "aria-label": "Help",
          title: "Help (?)",
        }),
        themeButton(),
      ),
      bar.element,
      this.list,
      this.main,
      this.help,
    );
    this.listen();
  }

  /** Opens what the local server was started with. */
  async openSession(url: string): Promise<void> {
    const response = await fetch(url);
    const { files } = await response.json() as { files: InputFile[] };
    const all = files.map((file) => ({
      ...file,
      url: new URL(file.url!, document.baseURI).href,
    }));
    if (all.length > 0) await this.open(all);
  }

  private listen(): void {
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) {
        document.body.classList.remove("dropping");
      }
    });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      document.body.classList.remove("dropping");
      this.take(event.dataTransfer?.files ?? null);
    });
    document.addEventListener("keydown", (event) => this.key(event));
  }

  private key(event: KeyboardEvent): void {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (
      target instanceof HTMLInputElement || target instanceof HTMLSelectElement
    ) {
      if (key === "Escape") target.blur();
      return;
    }
    if (key === "?") this.help.showModal();
    else if (key === "o") this.picker.click();
    else if (key === "/") {
      const search = this.main.querySelector<HTMLInputElement>(
        'input[type="search"]',
      );
      if (search === null) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
  }

  private take(files: FileList | null): void {
    if (files === null || files.length === 0) return;
    const all = [...files].map((blob) => ({
      name: blob.name,
      size: blob.size,
      blob,
    }));
    this.picker.value = "";
    void this.open(all);
  }

  private async open(files: InputFile[]): Promise<void> {
    try {
      const heads = await this.engine.open(files);
      this.heads.push(...heads);
      const earlier = this.heads.filter(isProcess);
      const isHelp = heads.length > 0 && !heads.some(isProcess) &&
        heads.every(({ error }) => error === undefined);
      if (isHelp && earlier.length > 0) await this.reopen();
      else this.show(bestOf(heads) ?? bestOf(this.heads));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      fill(this.main, message(text, "error"));
    }
  }

  /** Binaries came behind the core or the capture that wants them. */
  private async reopen(): Promise<void> {
    const heads = await this.engine.reopen();
    this.heads.splice(0, Infinity, ...heads);
    this.views.clear();
    this.show(bestOf(heads));
  }

  private show(head: DocumentHead | undefined): void {
    fill(
      this.list,
      ...this.heads.map((one) =>
        button(one.name, () => this.show(one), {
          "aria-current": one === head ? "page" : undefined,
          title: one.name,
        })
      ),
    );
    this.list.classList.toggle("hidden", this.heads.length < 2);
    if (head === undefined) return;
    document.title = `${head.name} · framewalk`;
    let view = this.views.get(head);
    if (view === undefined) {
      view = documentView(head, this.engine, this.openModule);
      this.views.set(head, view);
    }
    fill(this.main, view);
  }

  private readonly openModule: OpenModule = (head, functionIndex) => {
    const known = this.heads.find(({ id }) => id === head.id);
    const shown = known ?? head;
    if (known === undefined) this.heads.push(head);
    this.show(shown);
    if (functionIndex !== undefined) {
      const detail = { index: functionIndex };
      this.views.get(shown)!.dispatchEvent(
        new CustomEvent("showrows", { detail }),
      );
    }
  };

  private welcome(): HTMLElement {
    return h(
      "div",
      { class: "welcome" },
      h("h2", {}, "Drop files here"),
      h(
        "p",
        {},
        "A core dump, a capture of perf record, an ELF file or an .sframe section. " +
          "Several at once: a core finds its binaries among them by build ID or name.",
      ),
      button("Choose files…", () => this.picker.click(), { class: "primary" }),
      h(
        "p",
        { class: "dim" },
        "framewalk runs in this page: no byte of your files leaves the browser.",
      ),
    );
  }
}

/** Whether it is something that binaries are looked for. */
function isProcess({ kind }: DocumentHead): boolean {
  return kind === "core" || kind === "capture";
}

/** The document to begin with: a core or a capture rather than the binaries that came along. */
function bestOf(heads: readonly DocumentHead[]): DocumentHead | undefined {
  return heads.find(isProcess) ??
    heads.find(({ error }) => error === undefined) ?? heads[0];
}
