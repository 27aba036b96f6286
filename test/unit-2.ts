// One half of the unit tests: npm run test:unit runs both at once, each in one process.
import { importUnitTests } from "./helpers/unit-tests.js";

await importUnitTests(1, 2);
