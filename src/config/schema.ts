import { z } from "zod";
import { type Parameter, parameterKeys, parameters, settings } from "./parameters.js";
import { listType } from "./value-types.js";

/** The strict schema of a config file. It fills in the defaults. */
export const schema = z.strictObject({
  $schema: z.string().optional().describe("where an editor finds this schema"),
  description: z.string().optional().describe("what the sweep is for, in a sentence; it changes nothing"),
  ...byKey((parameter) => valueOrList(parameter).default(parameter.default)),
  grids: z
    .array(z.strictObject(byKey((parameter) => valueOrList(parameter).optional())))
    .min(1)
    .optional()
    .describe("several grids in place of one, each with its own values of some parameters"),
  runs: value(settings.runs),
  seed: value(settings.seed),
  monitor: value(settings.monitor),
  perLayer: value(settings.perLayer),
  metrics: value(settings.metrics),
});

/** Returns the same as JSON Schema, for editors. */
export function jsonSchema(): unknown {
  return {
    ...z.toJSONSchema(schema, { io: "input" }),
    title: "A sweep of segloss",
    description: "Each parameter takes a value or a list of values. The grid is the product of the lists.",
    // Read by Visual Studio Code.
    allowComments: true,
    allowTrailingCommas: true,
  };
}

function value<Value>(parameter: Parameter<Value>): z.ZodType {
  return parameter.type.default(parameter.default as z.core.util.NoUndefined<Value>).describe(parameter.help);
}

function byKey(schemaOf: (parameter: Parameter<unknown>) => z.ZodType): Record<string, z.ZodType> {
  return Object.fromEntries(
    parameterKeys.map((key) => {
      const parameter = parameters[key] as Parameter<unknown>;
      return [key, schemaOf(parameter).describe(parameter.help)];
    }),
  );
}

function valueOrList({ type }: Parameter<unknown>): z.ZodType {
  return z.union([type, listType(type)]);
}
