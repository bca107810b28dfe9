export { afterwards } from "./afterwards";
export { banner } from "./banner";
export { files } from "./files";
export { frame } from "./frame";
export { talk } from "./talk";
export { tokens } from "./tokens";
