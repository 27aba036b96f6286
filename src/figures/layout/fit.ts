import type { ChartOptions } from "../options.js";

/** Facets side by side, as far as the width of the chart allows; the others continue below. */
export interface FacetFit {
  /** The most facets side by side. */
  readonly perBand: number;
  /** The width of one facet in px, without axes. */
  readonly facetWidth: number;
  /** The width of the chart in px. */
  readonly width: number;
  /** Returns the margin right of a band with some facets, which leaves room for those that other bands have. */
  readonly rightMargin: (facets: number) => number;
}

/** What takes room beside the facets, in px. */
export interface FacetMargins {
  readonly left: number;
  readonly right: number;
  readonly gap: number;
}

/** Facets narrower than this continue below. */
const leastFacetWidth = 112;

/** A chart is at least this wide, as far as the options allow, so that its title and legend have room. */
const leastChartWidth = 420;

/** Fits facets of a preferred width into a chart. */
export function fitFacets(
  count: number,
  preferredWidth: number,
  { left, right, gap }: FacetMargins,
  chart: ChartOptions,
): FacetFit {
  const roomIn = (width: number) => width - left - right + gap;
  const most = Math.max(1, Math.floor(roomIn(chart.width) / (leastFacetWidth + gap)));
  const perBand = Math.ceil(count / Math.ceil(count / most));
  const widthIn = (width: number) => Math.floor(roomIn(width) / perBand - gap);
  const widest = Math.max(40, widthIn(chart.width));
  const wanted = Math.max(preferredWidth, widthIn(leastChartWidth));
  const facetWidth = chart.fills ? widest : Math.min(wanted, widest);
  const extent = left + right + perBand * (facetWidth + gap) - gap;
  const width = chart.fills ? Math.max(extent, chart.width) : extent;
  const rightMargin = (facets: number) => width - left - facets * (facetWidth + gap) + gap;
  return { perBand, facetWidth, width, rightMargin };
}

/** Returns values in bands of at most `perBand`. */
export function bandsOf<Value>(values: readonly Value[], perBand: number): readonly (readonly Value[])[] {
  const count = Math.ceil(values.length / perBand);
  return Array.from({ length: count }, (_, i) => values.slice(i * perBand, (i + 1) * perBand));
}
