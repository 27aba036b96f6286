import type { SweepProgress } from "../model.js";
import { create, replaceContent } from "./dom.js";

/** The state of a watched sweep. */
export interface ProgressLine {
  readonly element: HTMLElement;
  render(progress: SweepProgress | undefined): void;
  /** Says that the server does not answer, or that it does again. */
  setLost(isLost: boolean): void;
}

/** Creates the line with the state of a watched sweep; hidden for any other. */
export function createProgress(): ProgressLine {
  const bar = create("div", { class: "progress-bar", attributes: { "aria-hidden": "true" } });
  const text = create("p", {});
  const lost = create("p", { class: "warning", hidden: true, attributes: { role: "alert" } });
  lost.textContent =
    "The server does not answer. The page shows the last state; it goes on when segloss watch runs again.";
  const element = create(
    "section",
    { class: "progress", hidden: true, attributes: { "aria-label": "Progress" } },
    bar,
    text,
    lost,
  );
  return {
    element,
    render(progress) {
      element.hidden = progress === undefined;
      if (progress === undefined) {
        return;
      }
      const { done, running, waiting, failed } = progress;
      const parts = { done, running, failed, waiting };
      replaceContent(
        bar,
        ...Object.entries(parts).map(([name, count]) => {
          const part = create("span", { class: name });
          part.style.flexGrow = String(count);
          return part;
        }),
      );
      const counts = Object.entries(parts)
        .filter(([name, count]) => count > 0 || name === "done")
        .map(([name, count]) => `${count} ${name}`);
      text.textContent = `${counts.join(", ")}${endText(progress)}`;
    },
    setLost(isLost) {
      lost.hidden = !isLost;
    },
  };
}

function endText({ expectedEnd, isActive, running, waiting }: SweepProgress): string {
  if (!isActive) {
    return running + waiting > 0 ? "; no process works at it" : "";
  }
  if (expectedEnd === undefined) {
    return "";
  }
  const end = new Date(expectedEnd);
  const isToday = end.toDateString() === new Date().toDateString();
  const date = isToday
    ? ""
    : `${end.toLocaleDateString("en", { weekday: "short", day: "numeric", month: "short" })}, `;
  return `; expected end ${date}${end.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false })}`;
}
