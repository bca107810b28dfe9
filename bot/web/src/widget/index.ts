import { VigilChat } from "./element";

/**
 * The one script of the widget. `<script src="…/widget.js" data-locale="zh" data-token="…"></script>` mounts a floating
 * launcher; a page that has a `<vigil-chat>` of its own, or says data-mount="none", gets only the element.
 */
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
const origin = script === null ? "" : new URL(script.src, location.href).origin;
const base = origin === location.origin ? "" : origin;

if (!customElements.get("vigil-chat")) customElements.define("vigil-chat", VigilChat);

function mount(): void {
  if (script?.dataset.mount === "none" || document.querySelector("vigil-chat") !== null) return;
  const element = new VigilChat();
  element.base = base;
  if (script?.dataset.locale) element.locale = script.dataset.locale;
  if (script?.dataset.token) element.token = script.dataset.token;
  document.body.append(element);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
else mount();
