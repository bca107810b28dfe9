/**
 * Fails when the widget, gzipped, is over its limit, for people open it on slow networks; and when it is written in a
 * newer language than the phones of 2020 read, which would not run a line of it.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Linter } from "eslint";

const LIMIT_BYTES = 45 * 1024;
const LANGUAGE = 2020;
const script = readFileSync(new URL("dist/widget.js", import.meta.url), "utf8");
const size = gzipSync(script, { level: 9 }).length;
console.log(`widget.js: ${(size / 1024).toFixed(1)} KB gzipped, limit ${LIMIT_BYTES / 1024} KB`);
const unread = new Linter().verify(script, { languageOptions: { ecmaVersion: LANGUAGE, sourceType: "script" } }).find((found) => found.fatal);
if (unread !== undefined) console.error(`widget.js is not ECMAScript ${LANGUAGE}: ${unread.message}, line ${unread.line}`);
if (size > LIMIT_BYTES || unread !== undefined) process.exit(1);
