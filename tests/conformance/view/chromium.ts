/**
 * A headless Chromium, driven by the DevTools protocol.
 *
 * @module
 */

/** Milliseconds that something may take to appear. */
const PATIENCE = 60_000;

const KEY_CODES: Readonly<Record<string, number>> = {
  Enter: 13,
  Escape: 27,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};

type Params = Record<string, unknown>;

/** A message of the browser. */
interface BrowserMessage {
  id?: number;
  method?: string;
  sessionId?: string;
  params?: Params;
  result?: Params;
  error?: { message: string };
}

/** The running browser. */
export class Chromium {
  private readonly process: Deno.ChildProcess;
  private readonly socket: WebSocket;
  private readonly folder: string;
  private readonly waiting: Map<
    number,
    { resolve(value: Params): void; reject(error: Error): void }
  > = new Map();
  private readonly listeners: ((message: BrowserMessage) => void)[] = [];
  private count = 0;

  private constructor(
    process: Deno.ChildProcess,
    socket: WebSocket,
    folder: string,
  ) {
    this.process = process;
    this.socket = socket;
    this.folder = folder;
    socket.onmessage = ({ data }) => this.receive(JSON.parse(data));
  }

  /** Starts the browser. */
  static async start(): Promise<Chromium> {
    const folder = await Deno.makeTempDir({ prefix: "framewalk-view-" });
    const process = new Deno.Command("chromium", {
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--remote-debugging-port=0",
        `--user-data-dir=${folder}`,
        "about:blank",
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const file = `${folder}/DevToolsActivePort`;
    const text = await until(() => Deno.readTextFile(file).catch(() => ""));
    const [port, path] = text.trim().split("\n");
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Chromium(process, socket, folder);
  }

  /** Opens an empty page. */
  async newPage(): Promise<BrowserPage> {
    const { targetId } = await this.send("Target.createTarget", {
      url: "about:blank",
    });
    const { sessionId } = await this.send("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    const page = new BrowserPage(
      this,
      sessionId as string,
      targetId as string,
    );
    await page.begin();
    return page;
  }

  /** Ends the browser. */
  async stop(): Promise<void> {
    try {
      await this.send("Browser.close", {});
    } catch {
      this.process.kill();
    }
    await this.process.status;
    await Deno.remove(this.folder, { recursive: true }).catch(() => {});
  }

  /** Sends a command and waits for its result. */
  send(method: string, params: Params, sessionId?: string): Promise<Params> {
    const id = ++this.count;
    const result = new Promise<Params>((resolve, reject) =>
      this.waiting.set(id, { resolve, reject })
    );
    const target = sessionId === undefined ? {} : { sessionId };
    this.socket.send(JSON.stringify({ id, method, params, ...target }));
    return result;
  }

  /** Has `listener` called with each message that is no answer. */
  listen(listener: (message: BrowserMessage) => void): void {
    this.listeners.push(listener);
  }

  private receive(message: BrowserMessage): void {
    const waiting = this.waiting.get(message.id ?? -1);
    if (waiting === undefined) {
      for (const listener of this.listeners) listener(message);
      return;
    }
    this.waiting.delete(message.id!);
    if (message.error === undefined) waiting.resolve(message.result ?? {});
    else waiting.reject(new Error(message.error.message));
  }
}

/** One page. */
export class BrowserPage {
  /** What the console and the policy complained of. */
  readonly complaints: string[] = [];
  /** Requests that were made. */
  readonly requests: string[] = [];
  private readonly browser: Chromium;
  private readonly session: string;
  private readonly target: string;

  /** See {@linkcode Chromium.newPage}. */
  constructor(browser: Chromium, session: string, target: string) {
    this.browser = browser;
    this.target = target;
    this.session = session;
  }

  /** Turns on what is needed. */
  async begin(): Promise<void> {
    this.browser.listen((message) => this.hear(message));
    for (const domain of ["Page", "Runtime", "Log", "Network", "DOM"]) {
      await this.send(`${domain}.enable`);
    }
    await this.send("Target.setAutoAttach", {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: true,
    });
  }

  /** Goes to an address. */
  async go(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
  }

  /** Loads the page anew. */
  async reload(): Promise<void> {
    await this.run("document.body.replaceChildren()");
    await this.send("Page.reload");
  }

  /** Width and height in pixels, and dark or light. */
  async look(width: number, height: number, isDark: boolean): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 500,
    });
    await this.send("Emulation.setEmulatedMedia", {
      features: [{
        name: "prefers-color-scheme",
        value: isDark ? "dark" : "light",
      }],
    });
  }

  /** Runs an expression in the page and returns its value. */
  async run<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(JSON.stringify(exceptionDetails));
    }
    return (result as { value: T }).value;
  }

  /** Waits until an expression is true. */
  async wait(expression: string): Promise<void> {
    await until(() => this.run<boolean>(expression), expression);
  }

  /** Gives files to the page as its button would. */
  async pick(paths: readonly string[]): Promise<void> {
    const { root } = await this.send("DOM.getDocument") as {
      root: { nodeId: number };
    };
    const { nodeId } = await this.send("DOM.querySelector", {
      nodeId: root.nodeId,
      selector: "input[type=file]",
    });
    await this.send("DOM.setFileInputFiles", { nodeId, files: paths });
  }

  /** Drops files onto the page. */
  async drop(paths: readonly string[]): Promise<void> {
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await this.send("Input.dispatchDragEvent", {
        type,
        x: 200,
        y: 200,
        data,
      });
    }
  }

  /** Presses a key. */
  async press(key: string, text?: string): Promise<void> {
    const code = KEY_CODES[key] ?? key.charCodeAt(0);
    const event = { key, windowsVirtualKeyCode: code };
    await this.send("Input.dispatchKeyEvent", {
      type: "keyDown",
      ...event,
      ...(text === undefined ? {} : { text }),
    });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** Writes a picture of what is to be seen. */
  async picture(path: string): Promise<void> {
    const { data } = await this.send("Page.captureScreenshot", {
      format: "png",
    });
    await Deno.writeFile(path, Uint8Array.fromBase64(data as string));
  }

  /** Closes it. */
  async close(): Promise<void> {
    await this.browser.send("Target.closeTarget", { targetId: this.target });
  }

  private async send(method: string, params: Params = {}): Promise<Params> {
    return await this.browser.send(method, params, this.session);
  }

  private hear({ method, params, sessionId }: BrowserMessage): void {
    if (method === "Target.attachedToTarget" && sessionId === this.session) {
      const worker = params!.sessionId as string;
      for (const domain of ["Runtime", "Log", "Network"]) {
        this.browser.send(`${domain}.enable`, {}, worker).catch(() => {});
      }
    }
    if (method === "Network.requestWillBeSent") {
      const { request } = params as { request: { url: string } };
      this.requests.push(request.url);
    }
    if (method === "Runtime.exceptionThrown") {
      this.complaints.push(JSON.stringify(params!.exceptionDetails));
    }
    if (method === "Log.entryAdded") {
      const { level, text, url } = params!.entry as Record<string, string>;
      if (level === "error" || level === "warning") {
        this.complaints.push(`${text} ${url ?? ""}`);
      }
    }
    if (method === "Runtime.consoleAPICalled" && params!.type === "error") {
      this.complaints.push(JSON.stringify(params!.args));
    }
  }
}

/** Asks until there is an answer. */
async function until<T>(
  ask: () => Promise<T>,
  what = "the browser",
): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
