import type { Claim, Verdict } from "../../analysis/findings/claim.js";
import type { Finding } from "../../analysis/findings/findings.js";
import type { SweepIndex } from "../model.js";
import { evidenceView } from "../view/evidence.js";
import { create, createButton } from "./dom.js";
import type { Store } from "./store.js";

const badges: Readonly<Record<Verdict, { readonly style: string; readonly sign: string }>> = {
  holds: { style: "holds", sign: "✓" },
  "does not hold": { style: "fails", sign: "✗" },
  "not in this sweep": { style: "absent", sign: "–" },
  "not testable here": { style: "absent", sign: "–" },
};

/** Creates the list of findings: each with its verdict, and unfolded with its claims and a link to the evidence. */
export function createFindings(store: Store, index: SweepIndex): HTMLElement {
  const items = index.findings.map((finding) => create("li", {}, createFinding(store, index, finding)));
  return create(
    "section",
    { class: "findings", attributes: { id: "findings", "aria-labelledby": "findings-title" } },
    create("h2", { attributes: { id: "findings-title" } }, "The study’s six findings"),
    create("ol", {}, ...items),
  );
}

function createFinding(
  store: Store,
  index: SweepIndex,
  { number, text, verdict, claims }: Finding,
): HTMLElement {
  const tested = verdict === "not in this sweep" ? [] : claims;
  const view = evidenceView(index, number);
  const evidence =
    view &&
    createButton("Show the evidence", () => {
      store.setView(view);
      const target = view.open.length > 0 ? ".detail" : ".grid";
      document.querySelector(target)?.scrollIntoView({ behavior: "smooth", block: "start" });
    });
  return create(
    "details",
    {},
    create(
      "summary",
      {},
      create("span", { class: "number" }, String(number)),
      create("span", { class: "text" }, text),
      createBadge(verdict),
    ),
    create("div", { class: "claims" }, evidence, ...tested.map(createClaim)),
  );
}

function createClaim({ text, verdict, rule, numbers, original }: Claim): HTMLElement {
  const terms = [
    ["Rule", rule],
    ["Here", numbers],
    ["Original", original],
  ] as const;
  return create(
    "div",
    { class: "claim" },
    create("p", {}, text, " ", createBadge(verdict)),
    create(
      "dl",
      {},
      ...terms
        .filter(([, value]) => value !== "")
        .flatMap(([term, value]) => [create("dt", {}, term), create("dd", {}, value)]),
    ),
  );
}

function createBadge(verdict: Verdict): HTMLElement {
  const { style, sign } = badges[verdict];
  return create(
    "span",
    { class: `verdict ${style}` },
    create("span", { attributes: { "aria-hidden": "true" } }, sign),
    ` ${verdict}`,
  );
}
