/** Die Worte des Leitstands auf Deutsch, nach Bereichen. */

import city from "./de/city.js";
import ageing from "./de/ageing.js";
import alarms from "./de/alarms.js";
import rules from "./de/rules.js";
import people from "./de/people.js";
import past from "./de/past.js";
import classes from "./de/classes.js";
import demand from "./de/demand.js";
import design from "./de/design.js";
import energy from "./de/energy.js";
import faults from "./de/faults.js";
import health from "./de/health.js";
import law from "./de/law.js";
import works from "./de/works.js";
import lists from "./de/lists.js";
import plans from "./de/plans.js";
import programs from "./de/programs.js";

export default { ...city, ...ageing, ...alarms, ...rules, ...people, ...past, ...classes, ...demand, ...design, ...energy, ...faults, ...health, ...law, ...works, ...lists, ...plans, ...programs };
