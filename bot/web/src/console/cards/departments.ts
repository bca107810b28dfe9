import { html, nothing, type TemplateResult } from "lit";
import { askFor, type Act } from "../acts";
import type { Desk } from "../desk";
import type { Departments, DepartmentTask } from "../wire";
import { careTexts, type CareTexts } from "./care-texts";

function give(tasks: Departments, c: CareTexts): Act {
  const options = tasks.departments.map(({ code, label }) => ({ value: code, label }));
  return {
    name: "department",
    path: "departments",
    title: c.ask,
    ask: c.askWhy,
    fields: [
      { name: "department", label: c.department, kind: "choice", required: true, options, value: options[0]?.value ?? "", testid: "department" },
      { name: "what", label: c.what, kind: "area", required: true, testid: "department-what" },
      { name: "owner", label: c.who, kind: "line", required: true, testid: "department-owner" },
      { name: "due_at", label: c.when, kind: "when", required: true, testid: "department-due" },
    ],
    weighty: false,
    // What the field gives is this device's wall clock; the desk wants an instant.
    body: (v) => ({ ...v, due_at: new Date(v.due_at ?? "").toISOString() }),
  };
}

function done(task: DepartmentTask, c: CareTexts): Act {
  return {
    name: "department-done", path: `departments/${task.id}/done`, title: `${c.taskDone}: ${task.label}`, ask: task.what ?? "",
    fields: [{ name: "note", label: c.note, kind: "area", required: true, testid: "department-note" }], weighty: false, body: (values) => values,
  };
}

function row(task: DepartmentTask, desk: Desk, c: CareTexts): TemplateResult {
  const { t } = desk;
  const open = task.state === "open";
  return html`<li class="care-task ${open ? "" : "done"} ${task.overdue ? "late" : ""}" data-testid="department-task">
    <div class="care-line">
      <span class="care-mark" aria-hidden="true">${open ? "○" : "✓"}</span>
      <b>${task.label}</b>
      <span class="soft"><bdi>${task.owner}</bdi></span>
      ${open ? html`<vg-clock due=${task.due_at} words=${t.dueIn("%")} late=${t.overdue("%")}></vg-clock>` : nothing}
    </div>
    <small>${task.what ?? ""}${task.note ? html`<br />${task.note}${task.done_by ? html` · <bdi>${task.done_by}</bdi>` : nothing}` : nothing}</small>
    ${open
      ? html`<div class="row">
          <button type="button" class="small" aria-label="${c.taskDone}: ${task.label}" @click=${(event: Event) => askFor(event.currentTarget, done(task, c))}>
            ${c.taskDone}
          </button>
        </div>`
      : nothing}
  </li>`;
}

/** What other departments owe for this conversation, each with an owner and a clock. */
export function departmentsCard(desk: Desk): TemplateResult | typeof nothing {
  const tasks = desk.detail?.departments;
  if (tasks === undefined || (!tasks.may_ask && tasks.tasks.length === 0)) return nothing;
  const c = careTexts[desk.locale];
  return html`<section class="card" data-testid="departments-card">
    <h2>${c.departments}</h2>
    ${tasks.tasks.length === 0
      ? html`<p class="soft">${c.noTasks}</p>`
      : html`<ul class="care-tasks">
          ${tasks.tasks.map((task) => row(task, desk, c))}
        </ul>`}
    ${tasks.may_ask
      ? html`<div class="row">
          <button type="button" class="small" data-testid="department-ask" @click=${(event: Event) => askFor(event.currentTarget, give(tasks, c))}>${c.ask}</button>
        </div>`
      : nothing}
  </section>`;
}
