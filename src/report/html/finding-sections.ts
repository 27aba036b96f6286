import type { Claim, Verdict } from "../../analysis/findings/claim.js";
import type { Finding } from "../../analysis/findings/findings.js";
import { escapeMarkup } from "../../figures/svg/text.js";

/** Returns the list of the findings with their verdicts, each a link to its rules. */
export function findingList(findings: readonly Finding[]): string {
  const items = findings.map(
    ({ number, text, verdict }) =>
      `<li>${verdictBadge(verdict)} <a href="#finding-${number}">${number}. ${escapeMarkup(text)}</a></li>`,
  );
  return `<ol class="overview">${items.join("")}</ol>`;
}

/** Returns each finding with its claims: their rules, this sweep's numbers and the original's. */
export function findingDetails(findings: readonly Finding[]): string {
  return findings.map(findingArticle).join("\n");
}

function findingArticle({ number, text, verdict, claims }: Finding): string {
  const tested = verdict === "not in this sweep" ? [] : claims;
  return `<article class="finding" id="finding-${number}"><h3>${number}. ${escapeMarkup(text)} ${verdictBadge(verdict)}</h3>${tested.map(claimMarkup).join("")}</article>`;
}

function claimMarkup({ text, verdict, rule, numbers, original }: Claim): string {
  const terms = [
    ["Rule", rule],
    ["Here", numbers],
    ["Original", original],
  ] as const;
  const list = terms
    .filter(([, value]) => value !== "")
    .map(([term, value]) => `<dt>${term}</dt><dd>${escapeMarkup(value)}</dd>`)
    .join("");
  return `<p class="claim">${escapeMarkup(text)} ${verdictBadge(verdict)}</p><dl>${list}</dl>`;
}

const badges: Readonly<Record<Verdict, { readonly style: string; readonly sign: string }>> = {
  holds: { style: "holds", sign: "✓" },
  "does not hold": { style: "fails", sign: "✗" },
  "not in this sweep": { style: "absent", sign: "–" },
  "not testable here": { style: "absent", sign: "–" },
};

function verdictBadge(verdict: Verdict): string {
  const { style, sign } = badges[verdict];
  return `<span class="verdict ${style}"><span aria-hidden="true">${sign}</span> ${verdict}</span>`;
}
