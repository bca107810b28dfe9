import { html, nothing, type TemplateResult } from "lit";
import type { Desk } from "./desk";

/** The sign-in form. While a sign-in has run out it stands over the page, so that nothing behind it is lost. */
export function signInForm(desk: Desk, busy: boolean, submit: (email: string, password: string) => void): TemplateResult {
  const { t } = desk;
  const other = desk.locale === "zh" ? "en" : "zh";
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const [email, password] = [data.get("email"), data.get("password")];
    if (typeof email !== "string" || typeof password !== "string" || email.trim() === "" || password === "") {
      desk.complain(t.fillBoth);
      return;
    }
    submit(email.trim(), password);
  };
  return html`<form class="sign-in" novalidate @submit=${onSubmit} @keydown=${(event: Event) => event.stopPropagation()}>
    <h1>${t.title}</h1>
    <button type="button" class="small language" data-testid="sign-in-language" lang=${other === "zh" ? "zh-CN" : "en"} @click=${() => desk.chooseLocale(other)}>
      ${t.language}
    </button>
    ${desk.gate === "expired" ? html`<p>${t.signInAgain}</p>` : nothing}
    <div class="field">
      <label for="email">${t.email}</label>
      <input id="email" name="email" type="email" autocomplete="username" required data-testid="sign-in-email" .defaultValue=${desk.me?.email ?? ""} />
    </div>
    <div class="field">
      <label for="password">${t.password}</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required data-testid="sign-in-password" />
    </div>
    <p class="problem" role="alert" data-testid="sign-in-problem">${desk.problem}</p>
    <button class="primary wide" type="submit" data-testid="sign-in-submit" ?disabled=${busy}>${busy ? t.signingIn : t.signIn}</button>
  </form>`;
}
