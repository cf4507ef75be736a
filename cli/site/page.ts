/**
 * The page: begins here.
 *
 * @module
 */
import { App } from "./page/app.ts";

const meta = document.querySelector<HTMLMetaElement>(
  'meta[name="framewalk-session"]',
);
const app = new App(meta === null ? undefined : document.baseURI);
document.body.append(app.element);
if (meta !== null) await app.openSession(meta.content);
