import "./styles/base.css";
import "./styles/dialog.css";
import "./styles/above.css";
import "./styles/queue.css";
import "./styles/talk.css";
import "./styles/panes.css";
import "./styles/case.css";
import "./styles/saying.css";
import { VigilConsole } from "./app";
import { VgConcerns } from "./concerns";
import { VgDialog } from "./dialog";
import { VgClock } from "./ticker";

customElements.define("vg-clock", VgClock);
customElements.define("vg-concerns", VgConcerns);
customElements.define("vg-dialog", VgDialog);
customElements.define("vigil-console", VigilConsole);
