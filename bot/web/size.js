/** Fails when the widget, gzipped, is over its limit: people open it on slow networks. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 45 * 1024;
const size = gzipSync(readFileSync(new URL("dist/widget.js", import.meta.url)), { level: 9 }).length;
console.log(`widget.js: ${(size / 1024).toFixed(1)} KB gzipped, limit ${LIMIT_BYTES / 1024} KB`);
if (size > LIMIT_BYTES) process.exit(1);
