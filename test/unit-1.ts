// One half of the tests that drive functions without TensorFlow, in one process: npm test runs both at once.
import { importTests } from "./helpers/import-tests.js";

await importTests("unit", 0, 2);
